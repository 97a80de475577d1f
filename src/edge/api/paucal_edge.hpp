// The C API of paucal_edge.h for C++17 and later: handles that free themselves, errors thrown as
// paucal_edge::error. Header-only, so that the library's compiler and yours need not agree.
//
//   const paucal_edge::model model("line3.paucal");
//   paucal_edge::predictor predictor(model, 2);
//   const auto result = predictor.predict(paucal_edge::decode(model, bytes).view());
//   for (const auto& box : result.boxes()) …
#ifndef PAUCAL_EDGE_HPP
#define PAUCAL_EDGE_HPP

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "paucal_edge.h"

namespace paucal_edge {

class error : public std::runtime_error {
 public:
  explicit error(const paucal_edge_status& status)
      : std::runtime_error(status.message), code_(status.code) {}
  paucal_edge_code code() const { return code_; }

 private:
  paucal_edge_code code_;
};

namespace detail {

template <class T, void (*Free)(T*)>
struct deleter {
  void operator()(T* handle) const { Free(handle); }
};
template <class T, void (*Free)(T*)>
using handle = std::unique_ptr<T, deleter<T, Free>>;

// call(arguments…, &status), and what it returned unless it failed.
template <class Function, class... Arguments>
auto checked(Function call, Arguments... arguments) {
  paucal_edge_status status;
  auto* result = call(arguments..., &status);
  if (!result) throw error(status);
  return result;
}

}  // namespace detail

class model {
 public:
  explicit model(const std::string& path)
      : handle_(detail::checked(paucal_edge_open, path.c_str())) {}
  model(const void* data, std::size_t size)
      : handle_(detail::checked(paucal_edge_load, data, size)) {}

  std::string describe() const { return paucal_edge_describe(get()); }
  std::vector<std::string> classes() const {
    std::vector<std::string> names;
    for (int i = 0; i < paucal_edge_class_count(get()); ++i)
      names.emplace_back(paucal_edge_class_name(get(), i));
    return names;
  }
  const paucal_edge_model* get() const { return handle_.get(); }

 private:
  detail::handle<paucal_edge_model, paucal_edge_model_free> handle_;
};

class pixels {
 public:
  explicit pixels(paucal_edge_pixels* handle) : handle_(handle) {}
  paucal_edge_image view() const { return paucal_edge_pixels_view(handle_.get()); }

 private:
  detail::handle<paucal_edge_pixels, paucal_edge_pixels_free> handle_;
};

// Container: contiguous bytes, as std::vector<char> or std::string.
template <class Container>
pixels decode(const Container& file) {
  return pixels(detail::checked(paucal_edge_decode, static_cast<const void*>(file.data()),
                                file.size() * sizeof(*file.data())));
}

// As the model's images were read in training.
template <class Container>
pixels decode(const model& of, const Container& file) {
  return pixels(detail::checked(paucal_edge_decode_for, of.get(),
                                static_cast<const void*>(file.data()),
                                file.size() * sizeof(*file.data())));
}

class result {
 public:
  explicit result(paucal_edge_result* handle) : handle_(handle) {}

  bool ng() const { return paucal_edge_result_ng(handle_.get()) == 1; }
  double probability() const { return paucal_edge_result_probability(handle_.get()); }
  int label() const { return paucal_edge_result_label(handle_.get()); }
  std::vector<paucal_edge_box> boxes() const {
    const auto* first = paucal_edge_result_boxes(handle_.get());
    return {first, first + paucal_edge_result_box_count(handle_.get())};
  }
  // Borrowed: width × height floats.
  const float* heat(int& width, int& height) const {
    return paucal_edge_result_heat(handle_.get(), &width, &height);
  }
  std::string json() const { return paucal_edge_result_json(handle_.get()); }

 private:
  detail::handle<paucal_edge_result, paucal_edge_result_free> handle_;
};

// One a thread.
class predictor {
 public:
  explicit predictor(const model& model, int threads = 1)
      : handle_(detail::checked(paucal_edge_predictor_new, model.get(), threads)) {}
  result predict(const paucal_edge_image& image) {
    return result(detail::checked(paucal_edge_predict, handle_.get(), &image));
  }

 private:
  detail::handle<paucal_edge_predictor, paucal_edge_predictor_free> handle_;
};

}  // namespace paucal_edge

#endif
