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

int clamp_between(Call& call, double low, double high) {
  call.require(low <= high, fmt::format("from {} to {}", low, high));
  if (low == 0 && high >= kNone) return call.emit("relu", {call.tensor(0)});
  return call.emit("clamp", {call.tensor(0)}, {{"low", {bounded(low)}}, {"high", {bounded(high)}}});
}

// The second operand times alpha, argument 2.
int scaled_operand(Call& call) {
  const double alpha = call.number_or(2, 1);
  const int b = call.operand(1);
  return alpha == 1 ? b : call.emit("mul", {b, call.filled(static_cast<float>(alpha))});
}

void require_exact(Call& call, size_t dtype) {
  call.require(call.none(dtype) || call.integer(dtype) == static_cast<int>(at::kFloat),
               "a dtype of one's own, expected float");
}

int soft(Call& call, std::string_view op) {
  require_exact(call, 2);
  const int x = call.tensor(0);
  return call.emit(op, {x}, {{"axis", {static_cast<double>(call.axis(1, call.shape(x).rank()))}}});
}

Attribute axes_of(Call& call, size_t i, int rank) {
  Attribute axes = call.numbers(i);
  for (double& axis : axes)
    if (axis < 0) axis += rank;
  std::ranges::sort(axes);
  if (axes.empty())
    for (int d = 0; d < rank; ++d) axes.push_back(d);
  return axes;
}

}  // namespace

int same(Call& call) {
  const std::string_view op = call.op();
  if (op.ends_with("dropout"))
    call.require(!call.flag(2), "in training mode, expected evaluation mode");
  const int x = call.tensor(0);
  const std::vector<Seen> sizes = call.output_sizes();
  call.require(static_cast<int>(sizes.size()) == call.shape(x).rank(), "a change of shape");
  return x;
}

int add(Call& call) {
  return call.emit("add", {call.operand(0), scaled_operand(call)});
}
int sub(Call& call) {
  return call.emit("sub", {call.operand(0), scaled_operand(call)});
}
int rsub(Call& call) {
  const int b = scaled_operand(call);
  call.require(call.number_or(2, 1) == 1, "expected alpha 1");
  return call.emit("sub", {b, call.operand(0)});
}
int mul(Call& call) {
  return call.emit("mul", {call.operand(0), call.operand(1)});
}
int div(Call& call) {
  call.require(call.none(2), "a rounding mode");
  return call.emit("div", {call.operand(0), call.operand(1)});
}

int clamp(Call& call) {
  return clamp_between(call, call.number_or(1, -kNone), call.number_or(2, kNone));
}
int clamp_min(Call& call) {
  return clamp_between(call, call.number(1), kNone);
}
int clamp_max(Call& call) {
  return clamp_between(call, -kNone, call.number(1));
}
int relu6(Call& call) {
  return clamp_between(call, 0, 6);
}

int leaky_relu(Call& call) {
  return call.emit("leaky_relu", {call.tensor(0)}, {{"slope", {call.number(1)}}});
}

int gelu(Call& call) {
  const bool tanh = !call.none(1) && call.text(1) == "tanh";
  return call.emit("gelu", {call.tensor(0)}, {{"tanh", {tanh ? 1.0 : 0.0}}});
}

int softmax(Call& call) {
  return soft(call, "softmax");
}
int log_softmax(Call& call) {
  return soft(call, "log_softmax");
}

// input, dims, keepdim, dtype
int mean(Call& call) {
  require_exact(call, 3);
  const int x = call.tensor(0), rank = call.shape(x).rank();
  const Attribute axes = axes_of(call, 1, rank);
  if (rank == 4 && axes == Attribute{2, 3})
    return call.emit_reshape(call.emit("global_avg_pool", {x}));
  return call.emit("mean", {x}, {{"axes", axes}, {"keep", {call.number(2)}}});
}

int amax(Call& call) {
  const int x = call.tensor(0);
  return call.emit("max", {x},
                   {{"axes", axes_of(call, 1, call.shape(x).rank())}, {"keep", {call.number(2)}}});
}

}  // namespace paucal::trace
