#include <cmath>

#include "base/error.h"
#include "trace/ops.h"

namespace paucal::trace {
namespace {

using edge::Attribute;

Attribute padding_of(Call& call) {
  const Attribute padding = call.pair("padding");
  return {padding[0], padding[1], padding[0], padding[1]};
}

Attribute stride_of(Call& call, const Attribute& kernel) {
  return call.numbers("stride").empty() ? kernel : call.pair("stride");
}

// A size in pixels that is constant, a multiple of the input's, or that of an earlier value.
int resize(Call& call, std::string_view op,
           std::map<std::string, Attribute, std::less<>> attributes) {
  const int x = call.x();
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

int conv2d(Call& call, std::string_view op) {
  call.require(!call.has("transposed") || !call.flag("transposed"),
               "transposed convolutions are not supported");
  const int x = call.tensor("input"), weight = call.tensor("weight");
  call.require(call.shape(x).rank() == 4 && call.shape(weight).rank() == 4,
               "expected a two-dimensional convolution");
  call.require(call.graph().value(weight).is_constant(), "expected a constant weight");
  return call.emit(op, {x, weight, call.tensor_or_absent("bias")},
                   {{"stride", call.pair("stride")},
                    {"padding", padding_of(call)},
                    {"dilation", call.pair("dilation")},
                    {"groups", {call.number("groups")}}});
}

int batch_norm(Call& call, std::string_view op) {
  call.require(!call.flag("training"), "in training mode, expected evaluation mode");
  call.require(!call.none("running_mean") && !call.none("running_var"),
               "without running statistics");
  const int mean = call.tensor("running_mean");
  const int64_t channels = call.shape(mean)[0];
  const int x = call.tensor("input");
  const auto or_filled = [&](std::string_view argument, float number) {
    return call.none(argument) ? call.filled(number, channels) : call.tensor(argument);
  };
  const int weight = or_filled("weight", 1), bias = or_filled("bias", 0);
  return call.emit(op, {x, weight, bias, mean, call.tensor("running_var")},
                   {{"eps", {call.number("eps")}}});
}

int max_pool2d(Call& call, std::string_view op) {
  const Attribute kernel = call.pair("kernel_size");
  return call.emit(op, {call.x()},
                   {{"kernel", kernel},
                    {"stride", stride_of(call, kernel)},
                    {"padding", padding_of(call)},
                    {"dilation", call.pair("dilation")},
                    {"ceil_mode", {call.number("ceil_mode")}}});
}

int avg_pool2d(Call& call, std::string_view op) {
  call.require(call.none("divisor_override"), "a divisor of one's own is not supported");
  const Attribute kernel = call.pair("kernel_size");
  return call.emit(op, {call.x()},
                   {{"kernel", kernel},
                    {"stride", stride_of(call, kernel)},
                    {"padding", padding_of(call)},
                    {"ceil_mode", {call.number("ceil_mode")}},
                    {"count_include_pad", {call.number("count_include_pad")}}});
}

int adaptive_avg_pool2d(Call& call, std::string_view op) {
  const Attribute size = call.pair("output_size");
  call.require(size == Attribute{1, 1},
               fmt::format("output size {}, expected 1 × 1", fmt::join(size, " × ")));
  return call.emit(op, {call.x()});
}

// The scales come as two arguments, as a list, or not at all: then the size counts.
int upsample(Call& call, std::string_view op) {
  std::map<std::string, Attribute, std::less<>> attributes;
  if (call.has("align_corners")) attributes["align_corners"] = {call.number("align_corners")};
  if (!call.none("scale_factors"))
    attributes["scale"] = call.pair("scale_factors");
  else if (!call.none("scales_h"))
    attributes["scale"] = {call.number("scales_h"), call.number("scales_w")};
  else
    return resize(call, op, std::move(attributes));
  return call.emit(op, {call.x()}, std::move(attributes));
}

int roi_align(Call& call, std::string_view op) {
  return call.emit(op, {call.tensor("features"), call.tensor("rois")},
                   {{"size", {call.number("size"), call.number("size")}},
                    {"scale", {call.number("scale")}},
                    {"sampling", {call.number("sampling")}},
                    {"aligned", {1}}});
}

int propose_regions(Call& call, std::string_view op) {
  return call.emit(op, {call.tensor("maps")},
                   {{"stride", {call.number("stride")}},
                    {"count", {call.number("count")}},
                    {"min_side", {call.number("min_side")}}});
}

}  // namespace paucal::trace
