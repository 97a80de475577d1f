#pragma once
// For tests of kernels: one node run on its own, in every layout and instruction set it knows.
// Samples hold their numbers in logical row-major order ([N, C, H, W]) whatever the layout in
// memory, so that references need not care.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "edge/graph/op.h"
#include "edge/runtime/session.h"

namespace paucal::edge::test {

struct Sample {
  Shape shape = Shape::absent();  // absent: an optional input that is left out
  std::vector<float> values;
  Type type = Type::kF32;
  bool constant = false;
  Quantisation quantisation = {};

  float at(std::initializer_list<int64_t> index) const {
    int64_t offset = 0;
    int d = 0;
    for (const int64_t i : index) offset = offset * shape[d++] + i;
    return values[static_cast<size_t>(offset)];
  }
};

using Attributes = std::map<std::string, Attribute, std::less<>>;

struct RunOptions {
  Layout layout = Layout::kRows;  // of every value of rank 4 that is no constant
  int threads = 1;
  Isa isa = best_isa();
  std::vector<Quantisation> quantised = {};  // of the outputs; empty: none
};

inline Sample random_sample(const Shape& shape, Random& random, double low = -2, double high = 2) {
  Sample sample{shape, {}};
  for (int64_t i = 0; i < shape.elements(); ++i)
    sample.values.push_back(static_cast<float>(random.uniform(low, high)));
  return sample;
}

// Whole numbers low … high of any type.
inline Sample random_integers(const Shape& shape, Random& random, Type type, int64_t low,
                              int64_t high) {
  Sample sample{shape, {}, type};
  for (int64_t i = 0; i < shape.elements(); ++i)
    sample.values.push_back(static_cast<float>(random.between(low, high)));
  return sample;
}

inline Sample constant(Sample sample) {
  sample.constant = true;
  return sample;
}

inline bool channels_last(const Shape& shape, Layout layout) {
  return shape.rank() == 4 && layout == Layout::kChannelsLast;
}

// Where the i-th logical element lies in memory.
inline size_t place_of(const Shape& s, Layout layout, int64_t i) {
  if (!channels_last(s, layout)) return static_cast<size_t>(i);
  const int64_t area = s[2] * s[3], channel = i / area % s[1], image = i / (area * s[1]);
  return static_cast<size_t>((image * area + i % area) * s[1] + channel);
}

inline void store(std::byte* memory, Type type, size_t place, float value) {
  const auto put = [&](auto number) {
    std::memcpy(memory + place * sizeof(number), &number, sizeof(number));
  };
  if (type == Type::kF32) put(value);
  if (type == Type::kU8) put(static_cast<uint8_t>(value));
  if (type == Type::kI8) put(static_cast<int8_t>(value));
  if (type == Type::kI32) put(static_cast<int32_t>(value));
  if (type == Type::kI64) put(static_cast<int64_t>(value));
}

inline float load(const Tensor& tensor, size_t place) {
  switch (tensor.type) {
    case Type::kF32:
      return tensor.as<float>()[place];
    case Type::kU8:
      return tensor.as<uint8_t>()[place];
    case Type::kI8:
      return tensor.as<int8_t>()[place];
    case Type::kI32:
      return static_cast<float>(tensor.as<int32_t>()[place]);
    case Type::kI64:
      return static_cast<float>(tensor.as<int64_t>()[place]);
  }
  return 0;
}

// The sample's elements as they lie in memory. The block is exactly as long as they are, so that
// AddressSanitizer sees a kernel that reads beyond.
inline std::vector<std::byte> bytes_of(const Sample& sample, Layout layout) {
  std::vector<std::byte> bytes(sample.values.size() * size_of(sample.type));
  for (size_t i = 0; i < sample.values.size(); ++i)
    store(bytes.data(), sample.type, place_of(sample.shape, layout, static_cast<int64_t>(i)),
          sample.values[i]);
  return bytes;
}

// The outputs of one node, or why it was refused: by validate(), infer(), make or the plan.
inline Result<std::vector<Sample>> run_op(std::string_view name, const std::vector<Sample>& inputs,
                                          const Attributes& attributes = {},
                                          const RunOptions& options = {}) {
  const OpInfo* op = find_op(name);
  if (!op) return Failure{"test", "no op " + std::string(name)};
  const bool converts = op->layout == LayoutRule::kConvert;
  const Layout after = !converts           ? options.layout
                       : name == "to_rows" ? Layout::kRows
                                           : Layout::kChannelsLast;
  const Layout before = !converts           ? options.layout
                        : name == "to_rows" ? Layout::kChannelsLast
                                            : Layout::kRows;
  Graph graph;
  std::vector<std::vector<std::byte>> memory;
  memory.reserve(inputs.size());
  std::vector<Tensor> tensors;
  std::vector<int> ids;
  std::vector<Signature> signatures;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Sample& in = inputs[i];
    signatures.push_back({in.type, in.shape});
    if (in.shape.is_absent()) {
      ids.push_back(Node::kAbsent);
      continue;
    }
    const Layout layout =
        channels_last(in.shape, before) && !in.constant ? Layout::kChannelsLast : Layout::kRows;
    memory.push_back(bytes_of(in, layout));
    if (in.constant) {
      ids.push_back(graph.add_constant("c" + std::to_string(i), in.type, in.shape, memory.back()));
    } else {
      ids.push_back(graph.add_input("x" + std::to_string(i), in.type, in.shape));
      graph.value(ids.back()).layout = layout;
      static std::byte nothing;  // an empty vector has no address
      tensors.push_back(
          {in.type, layout, in.shape, memory.back().empty() ? &nothing : memory.back().data()});
    }
    graph.value(ids.back()).quantisation = in.quantisation;
  }
  graph.add_node(name, "node", ids, attributes, op->outputs);
  const Node& node = graph.nodes[0];
  graph.outputs = node.outputs;
  // Types and layouts of the outputs follow from what infer() says of them.
  Graph untyped = graph;
  for (const int id : node.outputs) untyped.value(id).layout = after;
  if (const auto wrong = validate(untyped)) return *wrong;
  const auto out = op->infer(node, signatures);
  if (!out.ok()) return out.failure();
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    Value& value = graph.value(node.outputs[i]);
    value.type = (*out)[i].type;
    if (channels_last((*out)[i].shape, after)) value.layout = Layout::kChannelsLast;
    if (i < options.quantised.size()) value.quantisation = options.quantised[i];
  }
  if (const auto wrong = validate(graph)) return *wrong;
  auto model = Model::make({std::move(graph), Json::object()}, options.isa);
  if (!model.ok()) return model.failure();
  Session session(*model, {.threads = options.threads, .max_bytes = size_t{1} << 30});
  auto run = session.run(tensors);
  if (run.ok()) run = session.run(tensors);  // the second meets a used arena
  if (!run.ok()) return run.failure();
  std::vector<Sample> outputs;
  for (const Tensor& tensor : *run) {
    Sample sample{tensor.shape, {}, tensor.type};
    for (int64_t i = 0; i < tensor.shape.elements(); ++i)
      sample.values.push_back(load(tensor, place_of(tensor.shape, tensor.layout, i)));
    outputs.push_back(std::move(sample));
  }
  return outputs;
}

// NaN where NaN is wanted; relative above 1, absolute below.
inline void expect_near(const Sample& got, const Sample& want, double tolerance,
                        const std::string& what) {
  ASSERT_EQ(got.shape.text(), want.shape.text()) << what;
  ASSERT_EQ(got.values.size(), want.values.size()) << what;
  for (size_t i = 0; i < want.values.size(); ++i) {
    const float g = got.values[i], w = want.values[i];
    const bool same = (std::isnan(g) && std::isnan(w)) || g == w ||
                      std::abs(g - w) <= tolerance * std::max(1.0, std::abs(double{w}));
    ASSERT_TRUE(same) << what << ": element " << i << " is " << g << ", expected " << w;
  }
}

inline void expect_same_bits(const Sample& got, const Sample& want, const std::string& what) {
  ASSERT_EQ(got.values.size(), want.values.size()) << what;
  for (size_t i = 0; i < want.values.size(); ++i)
    ASSERT_EQ(std::memcmp(&got.values[i], &want.values[i], sizeof(float)), 0)
        << what << ": element " << i << " is " << got.values[i] << ", with one thread "
        << want.values[i];
}

// Runs the op portably and with the best instruction set, in each layout it may have here, by one
// and by three threads: all near `want`, the threads bit-equal.
inline void check_op(std::string_view name, const std::vector<Sample>& inputs,
                     const Attributes& attributes, const std::vector<Sample>& want,
                     double tolerance = 1e-5) {
  const OpInfo* op = find_op(name);
  ASSERT_NE(op, nullptr) << name;
  bool images = true;  // only then may "any layout" be channels-last
  for (const Sample& in : inputs) images &= in.constant || in.shape.rank() == 4;
  for (const Sample& out : want) images &= out.shape.rank() == 4;
  std::vector<Layout> layouts = {Layout::kRows};
  if (op->layout == LayoutRule::kChannelsLast) layouts = {Layout::kChannelsLast};
  if (op->layout == LayoutRule::kAny && images) layouts.push_back(Layout::kChannelsLast);
  std::vector<Isa> isas = {Isa::kPortable};
  if (best_isa() != Isa::kPortable) isas.push_back(best_isa());
  for (const Layout layout : layouts)
    for (const Isa isa : isas) {
      std::string what = std::string(name) + " " + std::string(name_of(isa));
      if (layout == Layout::kChannelsLast) what += " channels-last";
      for (const Sample& in : inputs) what += " " + in.shape.text();
      const auto one = run_op(name, inputs, attributes, {layout, 1, isa, {}});
      ASSERT_TRUE(one.ok()) << what << ": " << one.failure().message;
      const auto three = run_op(name, inputs, attributes, {layout, 3, isa, {}});
      ASSERT_TRUE(three.ok()) << what << ": " << three.failure().message;
      ASSERT_EQ(one->size(), want.size()) << what;
      for (size_t i = 0; i < want.size(); ++i) {
        expect_near((*one)[i], want[i], tolerance, what);
        expect_same_bits((*three)[i], (*one)[i], what);
      }
    }
}

// The op must refuse these, naming something.
inline void expect_refused(std::string_view name, const std::vector<Sample>& inputs,
                           const Attributes& attributes = {}) {
  const OpInfo* op = find_op(name);
  ASSERT_NE(op, nullptr) << name;
  const Layout layout =
      op->layout == LayoutRule::kChannelsLast ? Layout::kChannelsLast : Layout::kRows;
  const auto out = run_op(name, inputs, attributes, {layout, 1, best_isa(), {}});
  ASSERT_FALSE(out.ok()) << name << " took what it must refuse";
  EXPECT_FALSE(out.failure().message.empty());
}

}  // namespace paucal::edge::test
