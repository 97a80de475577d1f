// libFuzzer target: graphs made from bytes, one to four nodes of any op with inputs, constants and
// attributes within their declared bounds. Most are refused by the shape rules; what passes is run
// on memory that is exactly as large as the shapes say, so that a kernel that reads or writes
// beyond is seen. New ops take part by standing in ops.def.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "edge/runtime/session.h"

using namespace paucal;
using namespace paucal::edge;

namespace {

constexpr int64_t kSizes[] = {1, 2, 3, 4, 5, 8, 16, 0, 7, 32};
constexpr float kNumbers[] = {0, 1, -1, 0.5f, 2, 3, -7, 1e-30f, 3e38f, INFINITY, -INFINITY, NAN};

int64_t size_from(FuzzedDataProvider& bytes) {
  return kSizes[bytes.ConsumeIntegralInRange<size_t>(0, std::size(kSizes) - 1)];
}

Shape shape_from(FuzzedDataProvider& bytes, int rank) {
  std::vector<int64_t> dims;
  for (int d = 0; d < rank; ++d) dims.push_back(size_from(bytes));
  return Shape(std::span<const int64_t>(dims));
}

Type type_from(FuzzedDataProvider& bytes) {
  constexpr Type kTypes[] = {Type::kF32, Type::kF32, Type::kF32, Type::kF32,
                             Type::kU8,  Type::kI8,  Type::kI32, Type::kI64};
  return kTypes[bytes.ConsumeIntegralInRange<size_t>(0, 7)];
}

// Elements of the type: floats with NaN and infinities among them, small and large integers.
Bytes data_from(FuzzedDataProvider& bytes, Type type, int64_t elements) {
  Bytes data(static_cast<size_t>(elements) * size_of(type));
  const auto start = bytes.ConsumeIntegral<uint8_t>();
  const bool tame = start % 4 != 0;
  for (int64_t i = 0; i < elements; ++i) {
    uint8_t* at = data.data() + static_cast<size_t>(i) * size_of(type);
    const auto step = static_cast<uint64_t>(start) + static_cast<uint64_t>(i);
    if (type == Type::kF32) {
      const float number =
          tame ? static_cast<float>(step % 9) - 4 : kNumbers[step % std::size(kNumbers)];
      std::memcpy(at, &number, sizeof number);
    } else {
      const uint64_t number = tame ? step % 5 : step * 0x9e3779b97f4a7c15u;
      std::memcpy(at, &number, size_of(type));
    }
  }
  return data;
}

Attribute attribute_from(FuzzedDataProvider& bytes, const AttributeInfo& info) {
  Attribute numbers;
  const int most = std::min(info.max_count, info.min_count + 6);
  const int count = bytes.ConsumeIntegralInRange(info.min_count, std::max(info.min_count, most));
  for (int i = 0; i < count; ++i) {
    double number = bytes.ConsumeIntegralInRange(-2, 9);
    const auto kind = bytes.ConsumeIntegralInRange(0, 15);
    if (kind == 0) number = info.low;
    if (kind == 1) number = info.high;
    if (kind == 2 && !info.integer) number += 0.5;
    numbers.push_back(std::clamp(number, info.low, info.high));
  }
  return numbers;
}

struct Builder {
  FuzzedDataProvider& bytes;
  Graph graph;
  std::vector<int> known;           // values that nodes may read
  std::vector<Shape> input_shapes;  // as run

  int add_input(Layout layout) {
    const int rank = bytes.ConsumeBool() ? 4 : bytes.ConsumeIntegralInRange(0, 5);
    const Shape shape = shape_from(bytes, rank);
    const int id = graph.add_input("input", type_from(bytes), shape);
    if (rank == 4) graph.value(id).layout = layout;
    input_shapes.push_back(shape);
    known.push_back(id);
    return id;
  }

  int add_constant() {
    const Shape shape = shape_from(bytes, bytes.ConsumeIntegralInRange(0, 5));
    const Type type = type_from(bytes);
    if (shape.elements() > 4096) return add_constant_of({2}, Type::kF32);
    return add_constant_of(shape, type);
  }
  int add_constant_of(const Shape& shape, Type type) {
    const Bytes data = data_from(bytes, type, shape.elements());
    return graph.add_constant("constant", type, shape, std::as_bytes(std::span(data)));
  }

  void add_node() {
    const auto ops = all_ops();
    const OpInfo& op = *ops[bytes.ConsumeIntegralInRange<size_t>(0, ops.size() - 1)];
    const Layout layout = op.layout == LayoutRule::kChannelsLast || bytes.ConsumeBool()
                              ? Layout::kChannelsLast
                              : Layout::kRows;
    std::vector<int> inputs;
    const int most = std::min(op.max_inputs, op.min_inputs + 6);
    const int count = bytes.ConsumeIntegralInRange(op.min_inputs, std::max(op.min_inputs, most));
    for (int i = 0; i < count; ++i) {
      const int kind = bytes.ConsumeIntegralInRange(0, 7);
      if (kind == 0 && i >= op.min_inputs)
        inputs.push_back(Node::kAbsent);
      else if (kind < 3 && !known.empty())
        inputs.push_back(known[bytes.ConsumeIntegralInRange<size_t>(0, known.size() - 1)]);
      else if (kind < 6 && i > 0)
        inputs.push_back(add_constant());
      else
        inputs.push_back(add_input(layout));
    }
    std::map<std::string, Attribute, std::less<>> attributes;
    for (const AttributeInfo& info : op.attributes)
      if (info.required || bytes.ConsumeBool())
        attributes[std::string(info.name)] = attribute_from(bytes, info);
    const Layout written = bytes.ConsumeIntegralInRange(0, 7) == 0 ? Layout::kRows : layout;
    const int first =
        graph.add_node(op.name, "node", std::move(inputs), std::move(attributes), op.outputs);
    for (int i = 0; i < op.outputs; ++i) {
      graph.value(first + i).layout = written;
      graph.value(first + i).type = i == 0 && op.name.starts_with("quant") ? Type::kU8 : Type::kF32;
      if (bytes.ConsumeIntegralInRange(0, 7) == 0) graph.value(first + i).type = type_from(bytes);
      if (graph.value(first + i).type == Type::kU8)
        graph.value(first + i).quantisation = {0.25f, bytes.ConsumeIntegralInRange(0, 255)};
      known.push_back(first + i);
      graph.outputs = {first + i};
    }
  }
};

void run(Builder& builder, FuzzedDataProvider& bytes) {
  if (validate(builder.graph)) return;
  const auto signatures = infer(builder.graph, builder.input_shapes);
  std::vector<Bytes> memory;
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < builder.input_shapes.size(); ++i) {
    const Value& value = builder.graph.value(builder.graph.inputs[i]);
    if (builder.input_shapes[i].elements() > 1 << 14) return;
    memory.push_back(data_from(bytes, value.type, builder.input_shapes[i].elements()));
    tensors.push_back({value.type, value.layout, builder.input_shapes[i], memory.back().data()});
  }
  const Isa isa = bytes.ConsumeBool() ? best_isa() : Isa::kPortable;
  const auto model = Model::make({std::move(builder.graph), Json::object()}, isa);
  if (!model.ok() || !signatures.ok()) return;
  Session session(*model, {.threads = 1, .max_bytes = 1 << 20});
  (void)session.run(tensors);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider bytes(data, size);
  Builder builder{bytes, {}, {}, {}};
  for (int nodes = bytes.ConsumeIntegralInRange(1, 4); nodes > 0; --nodes) builder.add_node();
  run(builder, bytes);
  return 0;
}
