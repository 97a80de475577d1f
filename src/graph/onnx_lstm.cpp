// LSTM in ONNX: one direction, gates in the order i, o, f, g where the graph has i, f, g, o,
// weights with a dimension of the directions in front, both biases in one tensor, y [T, 1, N, H].

#include <algorithm>
#include <array>
#include <cstring>

#include "graph/onnx_read_ops.h"
#include "graph/onnx_write_ops.h"

namespace paucal::graph {
namespace {

using edge::Shape;

constexpr std::array<size_t, 4> kGatesToOnnx = {0, 3, 1, 2}, kGatesFromOnnx = {0, 2, 3, 1};

// Quarters of `values` in another order.
std::vector<float> reordered(std::span<const float> values, const std::array<size_t, 4>& order) {
  const size_t quarter = values.size() / 4;
  std::vector<float> result;
  for (const size_t gate : order) {
    const auto part = values.subspan(gate * quarter, quarter);
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

std::string lstm_weight(OnnxWriter& w, const edge::Node& n, size_t i) {
  const edge::Value& weight = w.graph().value(n.input(i));
  const auto values = w.graph().floats(n.input(i));
  if (values.empty() || weight.shape.rank() != 2) w.refuse("input {} is no f32 matrix", i);
  const std::vector<float> ordered = reordered(values, kGatesToOnnx);
  return w.tensor(weight.name, edge::Type::kF32, {1, weight.shape[0], weight.shape[1]},
                  std::as_bytes(std::span(ordered)));
}

std::vector<float> lstm_constant(OnnxReader& r, int i, const Shape& expected) {
  const edge::Signature signature = signature_of(r.constant(i));
  if (signature.type != edge::Type::kF32 || signature.shape != expected)
    r.refuse("input {}: {} {}, expected f32 {}", i, edge::name_of(signature.type),
             signature.shape.text(), expected.text());
  const std::vector<std::byte> bytes = bytes_of(r.constant(i));
  r.spend(bytes.size());
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

int lstm_input(OnnxReader& r, int i, const Shape& shape, std::span<const float> values) {
  const std::vector<float> ordered = reordered(values, kGatesFromOnnx);
  return r.graph().add_constant(r.node().input(i), edge::Type::kF32, shape,
                                std::as_bytes(std::span(ordered)));
}

// Refuses all that the graph's op does not do.
void check_lstm(OnnxReader& r, const Shape& weight, const Shape& recurrent) {
  for (int i = 4; i < r.inputs(); ++i)
    if (r.has_input(i)) r.refuse("lengths, an initial state or peepholes, expected none");
  for (const char* name : {"activations", "activation_alpha", "activation_beta", "clip"})
    if (r.has(name)) r.refuse("'{}', expected none", name);
  const std::string direction = r.text("direction", "forward");
  if (direction != "forward" && direction != "reverse")
    r.refuse("direction {}, expected forward or reverse", direction);
  if (r.integer("layout", 0) != 0 || r.integer("input_forget", 0) != 0)
    r.refuse("layout or input_forget, expected x [T, N, I] and separate gates");
  const bool fits = weight.rank() == 3 && recurrent.rank() == 3 && recurrent[2] >= 1 &&
                    recurrent[2] <= Shape::kMaxElements / 8 && weight[0] == 1 &&
                    recurrent[0] == 1 && weight[1] == 4 * recurrent[2] &&
                    recurrent[1] == 4 * recurrent[2];
  if (!fits)
    r.refuse("weights {} and {}, expected constants [1, 4H, I] and [1, 4H, H]", weight.text(),
             recurrent.text());
}

}  // namespace

void write_lstm(OnnxWriter& w, const edge::Node& n, const OnnxSpec& spec) {
  const int64_t hidden = w.graph().value(n.input(2)).shape[1];
  std::vector<float> biases;
  for (size_t i = 3; i < 5; ++i) {
    const auto bias = w.graph().floats(n.input(i));
    const std::vector<float> part = bias.empty()
                                        ? std::vector<float>(static_cast<size_t>(4 * hidden))
                                        : reordered(bias, kGatesToOnnx);
    biases.insert(biases.end(), part.begin(), part.end());
  }
  const std::string bias =
      w.tensor(n.name + "/biases", edge::Type::kF32, {1, static_cast<int64_t>(biases.size())},
               std::as_bytes(std::span(biases)));
  const std::string direction = n.integer("reverse", 0) != 0 ? "reverse" : "forward";
  const std::string y =
      w.add(spec.type, {w.input(0), lstm_weight(w, n, 1), lstm_weight(w, n, 2), bias},
            {{"hidden_size", hidden}, {"direction", direction}});
  w.add("Reshape", {y, w.ints({0, -1, hidden})});  // [T, 1, N, H] → [T, N, H]
}

void read_lstm(OnnxReader& r, const OnnxSpec& spec) {
  const Shape weight = r.constant_shape(1), recurrent = r.constant_shape(2);
  check_lstm(r, weight, recurrent);
  const int64_t gates = weight[1], hidden = recurrent[2];
  std::vector<int> inputs{r.input(0),
                          lstm_input(r, 1, {gates, weight[2]}, lstm_constant(r, 1, weight)),
                          lstm_input(r, 2, {gates, hidden}, lstm_constant(r, 2, recurrent))};
  if (r.has_input(3)) {
    const std::vector<float> biases = lstm_constant(r, 3, {1, 2 * gates});
    const auto half = static_cast<size_t>(gates);
    inputs.push_back(lstm_input(r, 3, {gates}, std::span(biases).first(half)));
    inputs.push_back(lstm_input(r, 3, {gates}, std::span(biases).last(half)));
  }
  const bool reverse = r.text("direction", "forward") == "reverse";
  const int y = r.add(spec.op, inputs, {{"reverse", {reverse ? 1. : 0.}}});
  r.define(r.add("reshape", {y}, {{"shape", {0, 1, -1, static_cast<double>(hidden)}}}));
}

}  // namespace paucal::graph
