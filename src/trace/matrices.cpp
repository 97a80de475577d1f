#include "base/error.h"
#include "trace/ops.h"

namespace paucal::trace {
namespace {

using edge::Node;

// The weight [O, K] where the value is its transpose.
int untransposed(const Call& call, int id) {
  const Node* writer = call.writer(id);
  if (!writer || writer->op->name != "permute" ||
      writer->attributes.at("axes") != edge::Attribute{1, 0})
    return Node::kAbsent;
  return call.graph().value(writer->inputs[0]).is_constant() ? writer->inputs[0] : Node::kAbsent;
}

// libtorch flattens [N, T, K] to [N·T, K] for the product, and back. The product works on all but
// the last dimension as it is, which keeps N and T apart; the flat form is made of its result.
int linear_of(Call& call, int x, int weight, int bias) {
  const Node* flattened = call.writer(x);
  const int rank = call.shape(x).rank();
  if (rank == 2 && flattened && flattened->op->name == "reshape") {
    const int source = flattened->inputs[0];
    const edge::Shape& shape = call.shape(source);
    if (shape.rank() > 2 && shape[shape.rank() - 1] == call.shape(x)[1])
      return call.emit_reshape(call.emit("linear", {source, weight, bias}));
  }
  return call.emit("linear", {x, weight, bias});
}

bool is_vector_of(const Call& call, int id, int64_t count) {
  return call.graph().value(id).is_constant() && call.shape(id) == edge::Shape{count};
}

}  // namespace

// beta · input + alpha · mat1 · mat2
int addmm(Call& call, std::string_view) {
  call.require(call.number_or("beta", 1) == 1 && call.number_or("alpha", 1) == 1,
               "expected beta and alpha 1");
  const int bias = call.x(), a = call.tensor("mat1"), b = call.tensor("mat2");
  const int weight = untransposed(call, b);
  if (weight != Node::kAbsent && is_vector_of(call, bias, call.shape(weight)[0]))
    return linear_of(call, a, weight, bias);
  return call.emit("add", {call.emit("matmul", {a, b}), bias});
}

int matmul(Call& call, std::string_view op) {
  const int a = call.x(), b = call.tensor(call.has("mat2") ? "mat2" : "other");
  const int weight = untransposed(call, b);
  if (weight != Node::kAbsent) return linear_of(call, a, weight, Node::kAbsent);
  return call.emit(op, {a, b});
}

int linear(Call& call, std::string_view op) {
  return call.emit(op,
                   {call.tensor("input"), call.tensor("weight"), call.tensor_or_absent("bias")});
}

int layer_norm(Call& call, std::string_view op) {
  const auto shape = call.numbers("normalized_shape");
  call.require(shape.size() == 1,
               fmt::format("over {} dimensions, expected the last alone", shape.size()));
  return call.emit(
      op, {call.tensor("input"), call.tensor_or_absent("weight"), call.tensor_or_absent("bias")},
      {{"eps", {call.number("eps")}}});
}

// padding_idx and what follows it differ in the gradient alone.
int embedding(Call& call, std::string_view op) {
  return call.emit(op, {call.tensor("indices"), call.tensor("weight")});
}

}  // namespace paucal::trace
