#pragma once
// The image on its way through a policy. Tables are not applied when they come but joined, so a
// run of colour operations costs one pass; steps that cannot work in place go back and forth
// between two buffers.

#include <utility>

#include "data/augment/buffer.h"
#include "data/augment/lut.h"

namespace paucal::data {

class Canvas {
 public:
  // `in` is only read. `out` and `spare` are two other images, kept for their memory.
  Canvas(const edge::Image& in, edge::Image& out, edge::Image& spare)
      : current_(&in), out_(out), spare_(spare) {}

  int width() const { return current_->width; }
  int height() const { return current_->height; }

  void add(const Lut& lut) {
    if (waiting_)
      lut_.append(lut);
    else
      lut_ = lut;
    waiting_ = true;
  }

  // The image as it is now.
  const edge::Image& pixels() {
    if (waiting_) {
      edge::Image& to = is_own() ? *own_ : other();
      apply_lut(lut_, *current_, to);
      take(to);
      waiting_ = false;
    }
    return *current_;
  }

  // step(from, to)
  template <class Step>
  void move(Step step) {
    const edge::Image& from = pixels();
    edge::Image& to = other();
    step(from, to);
    take(to);
  }

  // step(image)
  template <class Step>
  void edit(Step step) {
    pixels();
    if (!is_own()) {
      edge::Image& to = other();
      reshape_like(to, *current_);
      std::copy(current_->pixels.begin(), current_->pixels.end(), to.pixels.begin());
      take(to);
    }
    step(*own_);
  }

  // Leaves the result in `out`.
  void finish() {
    edit([](edge::Image&) {});
    if (own_ != &out_) std::swap(out_, spare_);
  }

 private:
  bool is_own() const { return own_ != nullptr; }
  edge::Image& other() { return own_ == &out_ ? spare_ : out_; }
  void take(edge::Image& image) { current_ = own_ = &image; }

  const edge::Image* current_;
  edge::Image* own_ = nullptr;  // current_, once it is one of ours
  edge::Image& out_;
  edge::Image& spare_;
  Lut lut_;
  bool waiting_ = false;
};

}  // namespace paucal::data
