// QuantizeLinear and DequantizeLinear of u8 values; dequantised constants (weights, biases) become
// floats here. So an int8 graph comes back as float ops between the same roundings.

#include <algorithm>
#include <cstring>

#include "graph/onnx_read_ops.h"

namespace paucal::graph {
namespace {

using edge::Quantisation;
using edge::Type;

// Inputs 1 and 2: one scale, and one zero point of u8.
Quantisation quantisation_at(OnnxReader& r) {
  Quantisation q;
  q.scale = r.scalar(1, 0);
  const auto [type, shape] = signature_of(r.constant(2));
  if (type != Type::kU8 || shape.elements() != 1)
    r.refuse("zero point {} {}, expected one of u8", edge::name_of(type), shape.text());
  q.zero_point = static_cast<int>(bytes_of(r.constant(2))[0]);
  return q;
}

template <class T>
std::vector<float> as_floats(const std::vector<std::byte>& bytes) {
  std::vector<float> result(bytes.size() / sizeof(T));
  for (size_t i = 0; i < result.size(); ++i) {
    T number;
    std::memcpy(&number, &bytes[i * sizeof(T)], sizeof number);
    result[i] = static_cast<float>(number);
  }
  return result;
}

std::vector<float> stored_numbers(OnnxReader& r, int i, Type type) {
  const edge::Signature signature = signature_of(r.constant(i));
  if (signature.type != type)
    r.refuse("input {}: {}, expected {}", i, edge::name_of(signature.type), edge::name_of(type));
  const std::vector<std::byte> bytes = bytes_of(r.constant(i));
  if (type == Type::kI8) return as_floats<int8_t>(bytes);
  if (type == Type::kU8) return as_floats<uint8_t>(bytes);
  if (type == Type::kI32) return as_floats<int32_t>(bytes);
  if (type == Type::kF32) return as_floats<float>(bytes);
  r.refuse("input {}: {}, expected i8, u8 or i32", i, edge::name_of(type));
}

// One scale, or one each index of dimension `axis`.
void dequantise_constant(OnnxReader& r) {
  const auto [type, shape] = signature_of(r.constant(0));
  std::vector<float> values = stored_numbers(r, 0, type);
  const std::vector<float> scales = stored_numbers(r, 1, Type::kF32);
  std::vector<float> zeros(scales.size());
  if (r.has_input(2)) zeros = stored_numbers(r, 2, type);
  int64_t axis = r.integer("axis", 1);
  if (axis < 0) axis += shape.rank();
  const bool known = axis >= 0 && axis < shape.rank();
  const bool fits = scales.size() == 1 ||
                    (known && shape[static_cast<int>(axis)] == static_cast<int64_t>(scales.size()));
  if (!fits || zeros.size() != scales.size() || scales.empty())
    r.refuse("{} scales and {} zero points along axis {} of {}", scales.size(), zeros.size(), axis,
             shape.text());
  size_t inner = 1;
  for (int d = static_cast<int>(axis) + 1; known && d < shape.rank(); ++d)
    inner *= static_cast<size_t>(shape[d]);
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t channel = i / inner % scales.size();
    values[i] = (values[i] - zeros[channel]) * scales[channel];
  }
  onnx::Tensor tensor;
  tensor.set_name(r.node().output(0));
  tensor.set_data_type(onnx_type(Type::kF32));
  for (const int64_t dim : shape.dims()) tensor.add_dims(dim);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  r.define(std::move(tensor));
}

}  // namespace

void read_quantize(OnnxReader& r, const OnnxSpec& spec) {
  const Quantisation q = quantisation_at(r);
  const int id = r.add(spec.op, {r.input(0)});
  r.graph().value(id).type = Type::kU8;
  r.graph().value(id).quantisation = q;
  r.define(id);
}

void read_dequantize(OnnxReader& r, const OnnxSpec& spec) {
  if (r.is_constant(0)) return dequantise_constant(r);
  const Quantisation q = quantisation_at(r);
  const int x = r.input(0);
  Quantisation& known = r.graph().value(x).quantisation;
  if (known.scale == 0) known = q;  // an input of the graph
  if (known.scale != q.scale || known.zero_point != q.zero_point)
    r.refuse("scale {} and zero point {}, expected those of the value, {} and {}", q.scale,
             q.zero_point, known.scale, known.zero_point);
  r.define(r.add(spec.op, {x}));
}

}  // namespace paucal::graph
