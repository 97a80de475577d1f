#include <cmath>

#include "base/error.h"
#include "trace/ops.h"

namespace paucal::trace {
namespace {

using edge::Attribute;

struct ConvArguments {
  size_t padding = 0, stride = 0, dilation = 0, groups = 0;
};

int conv(Call& call, const ConvArguments& at) {
  const Attribute padding = call.pair(at.padding);
  const int x = call.tensor(0), weight = call.tensor(1), bias = call.tensor_or_absent(2);
  call.require(call.shape(x).rank() == 4 && call.shape(weight).rank() == 4,
               "expected a two-dimensional convolution");
  call.require(call.graph().value(weight).is_constant(), "expected a constant weight");
  return call.emit("conv2d", {x, weight, bias},
                   {{"stride", call.pair(at.stride)},
                    {"padding", {padding[0], padding[1], padding[0], padding[1]}},
                    {"dilation", call.pair(at.dilation)},
                    {"groups", {call.number(at.groups)}}});
}

Attribute stride_of(Call& call, size_t i, const Attribute& kernel) {
  return call.numbers(i).empty() ? kernel : call.pair(i);
}

// A size in pixels that is constant, a multiple of the input's, or that of an earlier value.
int resize(Call& call, std::string_view op, size_t scales_at, bool both_in_one, Attribute align) {
  const int x = call.tensor(0);
  std::map<std::string, Attribute, std::less<>> attributes;
  if (!align.empty()) attributes["align_corners"] = std::move(align);

  if (!call.none(scales_at)) {
    attributes["scale"] = both_in_one
                              ? call.pair(scales_at)
                              : Attribute{call.number(scales_at), call.number(scales_at + 1)};
    return call.emit(op, {x}, std::move(attributes));
  }
  const std::vector<Seen> out = call.output_sizes();
  const auto sizes_of = [&](int id, double scale_h, double scale_w) {
    for (size_t r = 0; r < call.recordings(); ++r) {
      const edge::Shape& shape = call.shape(id, r);
      if (shape.rank() != 4 || static_cast<double>(shape[2]) * scale_h != out[2][r] ||
          static_cast<double>(shape[3]) * scale_w != out[3][r])
        return false;
    }
    return true;
  };
  const auto ratio = [&](int d) {
    return static_cast<double>(out[static_cast<size_t>(d)][0]) /
           static_cast<double>(call.shape(x)[d]);
  };
  if (constant(out[2]) && constant(out[3])) {
    attributes["size"] = {static_cast<double>(out[2][0]), static_cast<double>(out[3][0])};
    return call.emit(op, {x}, std::move(attributes));
  }
  const double h = ratio(2), w = ratio(3);
  if (h == std::floor(h) && w == std::floor(w) && sizes_of(x, h, w)) {
    attributes["scale"] = {h, w};
    return call.emit(op, {x}, std::move(attributes));
  }
  // The latest first: it is what the size was asked of, more often than not.
  for (int id = static_cast<int>(call.graph().values.size()) - 1; id >= 0; --id)
    if (!call.graph().value(id).is_constant() && sizes_of(id, 1, 1))
      return call.emit(op, {x, id}, std::move(attributes));
  call.refuse(
      fmt::format("output heights {} and widths {} depend on the size of the input; "
                  "expected a constant size, a multiple of the input's, or the size of an "
                  "earlier tensor",
                  fmt::join(out[2], ", "), fmt::join(out[3], ", ")));
}

}  // namespace

// input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, …
int convolution(Call& call) {
  call.require(!call.flag(6), "transposed convolutions are not supported");
  return conv(call, {.padding = 4, .stride = 3, .dilation = 5, .groups = 8});
}

int conv2d(Call& call) {
  return conv(call, {.padding = 4, .stride = 3, .dilation = 5, .groups = 6});
}

// input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled
int batch_norm(Call& call) {
  call.require(!call.flag(5), "in training mode, expected evaluation mode");
  call.require(!call.none(3) && !call.none(4), "without running statistics");
  const int mean = call.tensor(3);
  const int64_t channels = call.shape(mean)[0];
  const int x = call.tensor(0);
  const auto or_filled = [&](size_t i, float number) {
    return call.none(i) ? call.filled(number, channels) : call.tensor(i);
  };
  const int weight = or_filled(1, 1), bias = or_filled(2, 0);
  return call.emit("batch_norm", {x, weight, bias, mean, call.tensor(4)},
                   {{"eps", {call.number(7)}}});
}

// input, kernel_size, stride, padding, dilation, ceil_mode
int max_pool2d(Call& call) {
  const Attribute kernel = call.pair(1), padding = call.pair(3);
  return call.emit("max_pool2d", {call.tensor(0)},
                   {{"kernel", kernel},
                    {"stride", stride_of(call, 2, kernel)},
                    {"padding", {padding[0], padding[1], padding[0], padding[1]}},
                    {"dilation", call.pair(4)},
                    {"ceil_mode", {call.number(5)}}});
}

// input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
int avg_pool2d(Call& call) {
  call.require(call.none(6), "a divisor of one's own is not supported");
  const Attribute kernel = call.pair(1), padding = call.pair(3);
  return call.emit("avg_pool2d", {call.tensor(0)},
                   {{"kernel", kernel},
                    {"stride", stride_of(call, 2, kernel)},
                    {"padding", {padding[0], padding[1], padding[0], padding[1]}},
                    {"ceil_mode", {call.number(4)}},
                    {"count_include_pad", {call.number(5)}}});
}

int adaptive_avg_pool2d(Call& call) {
  const Attribute size = call.pair(1);
  call.require(size == Attribute{1, 1},
               fmt::format("output size {}, expected 1 × 1", fmt::join(size, " × ")));
  return call.emit("global_avg_pool", {call.tensor(0)});
}

// input, output_size, scales_h, scales_w  or  input, output_size, scale_factors
int upsample_nearest2d(Call& call) {
  return resize(call, "resize_nearest", 2, call.arguments() == 3, {});
}

// input, output_size, align_corners, and scales as above
int upsample_bilinear2d(Call& call) {
  return resize(call, "resize_bilinear", 3, call.arguments() == 4, {call.number(2)});
}

// features, rois, size, scale, sampling
int roi_align(Call& call) {
  const int x = call.tensor(0), rois = call.tensor(1);
  return call.emit("roi_align", {x, rois},
                   {{"size", {call.number(2), call.number(2)}},
                    {"scale", {call.number(3)}},
                    {"sampling", {call.number(4)}},
                    {"aligned", {1}}});
}

// maps, stride, count, min_side
int propose_regions(Call& call) {
  return call.emit(
      "propose_regions", {call.tensor(0)},
      {{"stride", {call.number(1)}}, {"count", {call.number(2)}}, {"min_side", {call.number(3)}}});
}

}  // namespace paucal::trace
