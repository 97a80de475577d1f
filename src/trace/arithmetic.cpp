#include "base/error.h"
#include "trace/ops.h"

namespace paucal::trace {
namespace {

using edge::Attribute;
using edge::Node;

constexpr double kNone = 3.4e38;  // no bound, in the attributes of clamp

double bounded(double x) {
  return std::min(std::max(x, -kNone), kNone);
}

// From 0 on it is the op relu.
int clamp_between(Call& call, std::string_view op, double low, double high) {
  call.require(low <= high, fmt::format("from {} to {}", low, high));
  if (low == 0 && high >= kNone) return call.emit("relu", {call.x()});
  return call.emit(op, {call.x()}, {{"low", {bounded(low)}}, {"high", {bounded(high)}}});
}

// other · alpha
int scaled_operand(Call& call) {
  const double alpha = call.number_or("alpha", 1);
  const int b = call.operand("other");
  return alpha == 1 ? b : call.emit("mul", {b, call.filled(static_cast<float>(alpha))});
}

void require_exact(Call& call) {
  call.require(call.none("dtype") || call.integer("dtype") == static_cast<int>(at::kFloat),
               "a dtype of one's own, expected float");
}

Attribute axes_of(Call& call, int rank) {
  Attribute axes = call.numbers("dim");
  for (double& axis : axes)
    if (axis < 0) axis += rank;
  std::ranges::sort(axes);
  if (axes.empty())
    for (int d = 0; d < rank; ++d) axes.push_back(d);
  return axes;
}

}  // namespace

int plain(Call& call, std::string_view op) {
  return call.emit(op, {call.x()});
}

int same(Call& call, std::string_view) {
  if (call.has("train"))  // dropout
    call.require(!call.flag("train"), "in training mode, expected evaluation mode");
  const int x = call.x();
  const std::vector<Seen> sizes = call.output_sizes();
  call.require(static_cast<int>(sizes.size()) == call.shape(x).rank(), "a change of shape");
  return x;
}

int filled(Call& call, std::string_view) {
  if (call.has("value")) return call.filled(static_cast<float>(call.number("value")));
  return call.filled(call.op() == "ones_like" ? 1 : 0);
}

int add(Call& call, std::string_view op) {
  return call.emit(op, {call.operand("self"), scaled_operand(call)});
}
int rsub(Call& call, std::string_view op) {
  const int b = scaled_operand(call);
  call.require(call.number_or("alpha", 1) == 1, "expected alpha 1");
  return call.emit(op, {b, call.operand("self")});
}
int mul(Call& call, std::string_view op) {
  return call.emit(op, {call.operand("self"), call.operand("other")});
}
int div(Call& call, std::string_view op) {
  call.require(call.none("rounding_mode"), "a rounding mode");
  return mul(call, op);
}

int clamp(Call& call, std::string_view op) {
  const bool tanh = call.op() == "hardtanh";
  return clamp_between(call, op, call.number_or(tanh ? "min_val" : "min", -kNone),
                       call.number_or(tanh ? "max_val" : "max", kNone));
}
int relu6(Call& call, std::string_view op) {
  return clamp_between(call, op, 0, 6);
}

int leaky_relu(Call& call, std::string_view op) {
  return call.emit(op, {call.x()}, {{"slope", {call.number("negative_slope")}}});
}

int gelu(Call& call, std::string_view op) {
  const bool tanh = !call.none("approximate") && call.text("approximate") == "tanh";
  return call.emit(op, {call.x()}, {{"tanh", {tanh ? 1.0 : 0.0}}});
}

int softmax(Call& call, std::string_view op) {
  require_exact(call);
  const int x = call.x();
  const int axis = call.axis("dim", call.shape(x).rank());
  return call.emit(op, {x}, {{"axis", {static_cast<double>(axis)}}});
}

int mean(Call& call, std::string_view op) {
  require_exact(call);
  const int x = call.x(), rank = call.shape(x).rank();
  const Attribute axes = axes_of(call, rank);
  if (rank == 4 && axes == Attribute{2, 3})
    return call.emit_reshape(call.emit("global_avg_pool", {x}));
  return call.emit(op, {x}, {{"axes", axes}, {"keep", {call.number_or("keepdim", 0)}}});
}

int amax(Call& call, std::string_view op) {
  const int x = call.x();
  return call.emit(
      op, {x}, {{"axes", axes_of(call, call.shape(x).rank())}, {"keep", {call.number("keepdim")}}});
}

}  // namespace paucal::trace
