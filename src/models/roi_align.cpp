#include "models/roi_align.h"

#include <torch/torch.h>

#include <array>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace paucal::models {
namespace {

// A sample reads four cells; of a region all samples of a cell stand together.
struct Tap {
  int64_t offset = 0;  // within a plane
  float weight = 0;
};

class Taps {
 public:
  Taps(const float* roi, int64_t height, int64_t width, const RoiAlignShape& shape)
      : height_(height), width_(width) {
    const int s = shape.sampling;
    per_cell_ = static_cast<size_t>(s) * s * 4;
    const auto scale = static_cast<float>(shape.scale);
    const float x0 = roi[1] * scale - .5f, y0 = roi[2] * scale - .5f;
    const float bin_x = (roi[3] - roi[1]) * scale / static_cast<float>(shape.size);
    const float bin_y = (roi[4] - roi[2]) * scale / static_cast<float>(shape.size);
    const auto place = [s](float from, float bin, int cell, int sample) {
      return from + (static_cast<float>(cell) +
                     (static_cast<float>(sample) + .5f) / static_cast<float>(s)) *
                        bin;
    };
    taps_.reserve(per_cell_ * static_cast<size_t>(shape.size) * shape.size);
    for (int cy = 0; cy < shape.size; ++cy)
      for (int cx = 0; cx < shape.size; ++cx)
        for (int sy = 0; sy < s; ++sy)
          for (int sx = 0; sx < s; ++sx)
            add(place(y0, bin_y, cy, sy), place(x0, bin_x, cx, sx),
                1.f / static_cast<float>(s * s));
  }

  const Tap* of_cell(int64_t cell) const {
    return taps_.data() + static_cast<size_t>(cell) * per_cell_;
  }
  size_t per_cell() const { return per_cell_; }

 private:
  // The two cells around a place, and the weight of the second.
  static std::array<int64_t, 2> around(float at, int64_t size, float& weight) {
    at = std::max(at, 0.f);
    const int64_t first = std::min(static_cast<int64_t>(at), size - 1);
    const int64_t second = std::min(first + 1, size - 1);
    weight = first == second ? 0.f : at - static_cast<float>(first);
    return {first, second};
  }

  void add(float y, float x, float share) {
    if (!(y >= -1 && y <= static_cast<float>(height_) && x >= -1 &&
          x <= static_cast<float>(width_))) {
      taps_.insert(taps_.end(), 4, Tap{});
      return;
    }
    float wy = 0, wx = 0;
    const auto rows = around(y, height_, wy), columns = around(x, width_, wx);
    taps_.push_back({rows[0] * width_ + columns[0], (1 - wy) * (1 - wx) * share});
    taps_.push_back({rows[0] * width_ + columns[1], (1 - wy) * wx * share});
    taps_.push_back({rows[1] * width_ + columns[0], wy * (1 - wx) * share});
    taps_.push_back({rows[1] * width_ + columns[1], wy * wx * share});
  }

  int64_t height_, width_;
  size_t per_cell_ = 0;
  std::vector<Tap> taps_;
};

class RoiAlign : public torch::autograd::Function<RoiAlign> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& features,
                            const at::Tensor& rois, int64_t size, double scale, int64_t sampling) {
    context->save_for_backward({rois});
    context->saved_data["sizes"] = features.sizes().vec();
    context->saved_data["size"] = size;
    context->saved_data["scale"] = scale;
    context->saved_data["sampling"] = sampling;
    const RoiAlignShape shape{static_cast<int>(size), scale, static_cast<int>(sampling)};
    const at::Tensor in = features.contiguous(), boxes = rois.contiguous();
    const int64_t channels = in.size(1), plane = in.size(2) * in.size(3), cells = size * size;
    at::Tensor out = torch::zeros({boxes.size(0), channels, size, size}, in.options());
    at::parallel_for(0, boxes.size(0), 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const float* roi = boxes.data_ptr<float>() + r * 5;
        const Taps taps(roi, in.size(2), in.size(3), shape);
        const float* image = in.data_ptr<float>() + static_cast<int64_t>(roi[0]) * channels * plane;
        float* to = out.data_ptr<float>() + r * channels * cells;
        for (int64_t c = 0; c < channels; ++c)
          for (int64_t cell = 0; cell < cells; ++cell) {
            const Tap* tap = taps.of_cell(cell);
            float sum = 0;
            for (size_t i = 0; i < taps.per_cell(); ++i)
              sum += tap[i].weight * image[c * plane + tap[i].offset];
            to[c * cells + cell] = sum;
          }
      }
    });
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor boxes = context->get_saved_variables()[0].contiguous();
    const auto sizes = context->saved_data["sizes"].toIntVector();
    const int64_t size = context->saved_data["size"].toInt();
    const RoiAlignShape shape{static_cast<int>(size), context->saved_data["scale"].toDouble(),
                              static_cast<int>(context->saved_data["sampling"].toInt())};
    const at::Tensor from = gradients[0].contiguous();
    at::Tensor to = torch::zeros(sizes, from.options());
    const int64_t channels = sizes[1], plane = sizes[2] * sizes[3], cells = size * size;
    std::vector<Taps> taps;
    for (int64_t r = 0; r < boxes.size(0); ++r)
      taps.emplace_back(boxes.data_ptr<float>() + r * 5, sizes[2], sizes[3], shape);
    // By channel, so that no two threads add to one place, and sums keep their order.
    at::parallel_for(0, channels, 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = 0; r < boxes.size(0); ++r) {
        const auto image = static_cast<int64_t>(boxes.data_ptr<float>()[r * 5]);
        for (int64_t c = begin; c < end; ++c) {
          float* into = to.data_ptr<float>() + (image * channels + c) * plane;
          const float* gradient = from.data_ptr<float>() + (r * channels + c) * cells;
          for (int64_t cell = 0; cell < cells; ++cell) {
            const Tap* tap = taps[static_cast<size_t>(r)].of_cell(cell);
            for (size_t i = 0; i < taps[static_cast<size_t>(r)].per_cell(); ++i)
              into[tap[i].offset] += tap[i].weight * gradient[cell];
          }
        }
      }
    });
    return {to, {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor roi_align(const at::Tensor& features, const at::Tensor& rois,
                     const RoiAlignShape& shape) {
  if (features.dim() != 4 || rois.dim() != 2 || rois.size(1) != 5)
    fail("roi_align", "features [{}] and rois [{}], expected [N, C, h, w] and [R, 5]",
         fmt::join(features.sizes(), ", "), fmt::join(rois.sizes(), ", "));
  if (rois.size(0) > 0) {
    const at::Tensor images = rois.select(1, 0);
    if (images.min().item<float>() < 0 ||
        images.max().item<float>() >= static_cast<float>(features.size(0)))
      fail("roi_align", "a region of image {} to {}, expected 0 to {}", images.min().item<float>(),
           images.max().item<float>(), features.size(0) - 1);
  }
  return RoiAlign::apply(features.to(at::kFloat), rois.to(at::kFloat), shape.size, shape.scale,
                         shape.sampling);
}

}  // namespace paucal::models
