// Every row of op_spec.def: each op that ONNX has is written, read back and run with the same
// result. An op without an example here fails.

#include "graph/op_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "edge/graph/op.h"
#include "graph/onnx.h"
#include "graph/onnx.pb.h"
#include "graph/test_nets.h"

namespace paucal::graph {
namespace {

using NetBuilder = test::Builder;
using edge::Shape;
using edge::Type;
using test::Net;

constexpr float kStep = .05f;  // of the int8 examples: what one rounding may differ by

struct Example {
  std::function<Net(NetBuilder&, const std::string& op)> make;
  float tolerance = 1e-6f;  // relative to the largest number where above 1
};

Net of_one(NetBuilder& b, int output, std::vector<Shape> shapes, int64_t indices = 1) {
  return {"example", b.finish(output), std::move(shapes), indices};
}

int rows_input(NetBuilder& b, const Shape& shape) {
  return b.graph.add_input("x", Type::kF32, shape);
}

// One input of one sign or both, rank 4.
Net on_image(NetBuilder& b, const std::string& op, test::Attributes attributes = {}) {
  return of_one(b, b.op(op, {b.image(4)}, std::move(attributes)), {{2, 4, 7, 9}});
}
Net on_rows(NetBuilder& b, const std::string& op, test::Attributes attributes = {}) {
  return of_one(b, b.op(op, {rows_input(b, {Shape::kFree, 6, 5})}, std::move(attributes)),
                {{2, 6, 5}});
}
// Of numbers above 1 alone.
Net on_positive(NetBuilder& b, const std::string& op) {
  const int x = b.op("exp", {b.op("relu", {rows_input(b, {Shape::kFree, 5})})});
  return of_one(b, b.op(op, {x}), {{3, 5}});
}
Net of_two(NetBuilder& b, const std::string& op) {
  const int x = rows_input(b, {Shape::kFree, 6, 5});
  return of_one(b, b.op(op, {x, b.weight("w", {6, 1}, .5, 1.5)}), {{2, 6, 5}});
}

// ---- int8

int quantised(NetBuilder& b, const std::string& op, std::vector<int> inputs,
              test::Attributes attributes = {}) {
  const int id = b.op(op, std::move(inputs), std::move(attributes));
  b.graph.value(id).type = Type::kU8;
  b.graph.value(id).quantisation = {op == "quantize" ? .01f : kStep, 120};
  return id;
}

template <class T>
int whole_numbers(NetBuilder& b, const std::string& name, Type type, const Shape& shape) {
  std::vector<T> values(static_cast<size_t>(shape.elements()));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<T>(static_cast<int>(i * 37 % 101) - 50);
  return b.graph.add_constant(name, type, shape, std::as_bytes(std::span(values)));
}

Net int8_layer(NetBuilder& b, const std::string& op, const Shape& weight, int x,
               std::vector<Shape> shapes) {
  const int64_t outputs = weight[0];
  std::vector<int> inputs{quantised(b, "quantize", {x}),
                          whole_numbers<int8_t>(b, "w", Type::kI8, weight),
                          b.weight("scales", {outputs}, .005, .02),
                          whole_numbers<int32_t>(b, "bias", Type::kI32, {outputs})};
  return of_one(b, b.op("dequantize", {quantised(b, op, inputs)}), std::move(shapes));
}

Net int8_of(NetBuilder& b, const std::string& op, size_t inputs) {
  const int x = quantised(b, "quantize", {b.image(4)});
  return of_one(b, b.op("dequantize", {quantised(b, op, std::vector<int>(inputs, x))}),
                {{2, 4, 6, 5}});
}

Net rounded_net(NetBuilder& b, const std::string&) {
  return of_one(b, b.op("dequantize", {quantised(b, "quantize", {b.image(4)})}), {{2, 4, 6, 5}});
}

Net lstm_net(NetBuilder& b, const std::string& op) {
  const int x = rows_input(b, {Shape::kFree, Shape::kFree, 3});
  const int forward = b.op(op, {x, b.weight("w_ih", {16, 3}), b.weight("w_hh", {16, 4}),
                                b.weight("b_ih", {16}), b.weight("b_hh", {16})});
  const int back =
      b.op(op, {forward, b.weight("v_ih", {8, 4}), b.weight("v_hh", {8, 2})}, {{"reverse", {1}}});
  return of_one(b, back, {{5, 2, 3}});
}

Net layouts_net(NetBuilder& b, const std::string&) {
  const int x = b.image(4);
  const int last = b.op("to_channels_last", {x});
  b.graph.value(last).layout = edge::Layout::kChannelsLast;
  const int y = b.op("relu", {last});
  b.graph.value(y).layout = edge::Layout::kChannelsLast;
  return of_one(b, b.op("to_rows", {y}), {{2, 4, 5, 3}});
}

const std::map<std::string_view, Example>& examples() {
  const auto image = [](test::Attributes attributes) {
    return Example{
        [attributes](NetBuilder& b, const std::string& op) { return on_image(b, op, attributes); }};
  };
  const auto rows = [](test::Attributes attributes) {
    return Example{
        [attributes](NetBuilder& b, const std::string& op) { return on_rows(b, op, attributes); }};
  };
  const Example any = rows({}), pair{of_two}, positive{on_positive};
  const test::Attributes windows{{"kernel", {3, 2}}, {"stride", {2, 1}}, {"padding", {1, 0, 1, 0}}};
  static const std::map<std::string_view, Example> table{
      {"conv2d", {[](NetBuilder& b, const std::string&) {
         return of_one(b, b.conv(b.image(4), 4, 6, 3, 2, 2, {{"clamp", {0, 3.4e38}}}),
                       {{2, 4, 9, 7}});
       }}},
      {"pointwise_depthwise",
       {[](NetBuilder& b, const std::string& op) {
          const std::vector<int> inputs{b.image(4), b.weight("inner", {8, 4, 1, 1}),
                                        b.weight("filter", {8, 1, 3, 3}),
                                        b.weight("inner.bias", {8}), b.weight("bias", {8})};
          return of_one(
              b,
              b.op(op, inputs,
                   {{"stride", {1, 1}}, {"padding", {1, 1, 1, 1}}, {"inner_clamp", {0, 6}}}),
              {{1, 4, 9, 7}});
        },
        1e-5f}},
      {"batch_norm", {[](NetBuilder& b, const std::string&) {
         return of_one(b, b.norm(b.image(4), 4), {{2, 4, 5, 3}});
       }}},
      {"max_pool2d", image(windows)},
      {"avg_pool2d", image(windows)},
      {"global_avg_pool", image({})},
      {"resize_nearest", image({{"scale", {2, 3}}})},
      {"resize_bilinear", image({{"size", {11, 6}}, {"align_corners", {1}}})},
      {"relu", any},
      {"leaky_relu", rows({{"slope", {.2}}})},
      {"clamp", rows({{"low", {-.5}}, {"high", {.25}}})},
      {"sigmoid", any},
      {"tanh", any},
      {"silu", any},
      {"hard_swish", any},
      {"hard_sigmoid", any},
      {"gelu", rows({{"tanh", {1}}})},
      {"exp", any},
      {"log", positive},
      {"sqrt", positive},
      {"neg", any},
      {"add", pair},
      {"sub", pair},
      {"mul", pair},
      {"div", pair},
      {"concat", {[](NetBuilder& b, const std::string& op) {
         const int x = rows_input(b, {Shape::kFree, 6, 5});
         return of_one(b, b.op(op, {x, b.op("neg", {x}), x}, {{"axis", {2}}}), {{2, 6, 5}});
       }}},
      {"reshape", rows({{"shape", {0, 3, -1}}})},
      {"permute", rows({{"axes", {0, 2, 1}}})},
      {"slice", rows({{"axis", {1}}, {"begin", {1}}, {"end", {-1}}, {"step", {2}}})},
      {"pad", rows({{"begin", {0, 1, 0}}, {"end", {0, 0, 2}}, {"value", {.5}}})},
      {"to_rows", {layouts_net}},
      {"to_channels_last", {layouts_net}},
      {"linear",
       {[](NetBuilder& b, const std::string&) {
          return of_one(b, b.linear(rows_input(b, {Shape::kFree, 5}), 5, 3), {{4, 5}});
        },
        1e-5f}},
      {"matmul",
       {[](NetBuilder& b, const std::string& op) {
          const int x = rows_input(b, {Shape::kFree, 6, 5});
          return of_one(b, b.op(op, {x, b.op("permute", {x}, {{"axes", {0, 2, 1}}})}), {{2, 6, 5}});
        },
        1e-5f}},
      {"softmax", rows({{"axis", {1}}})},
      {"log_softmax", rows({{"axis", {-1}}})},
      {"mean", rows({{"axes", {1, 2}}, {"keep", {1}}})},
      {"max", rows({{"axes", {2}}})},
      {"layer_norm", {[](NetBuilder& b, const std::string& op) {
         const int x = rows_input(b, {Shape::kFree, 6, 5});
         return of_one(b, b.op(op, {x, b.weight("w", {5}), b.weight("b", {5})}, {{"eps", {.01}}}),
                       {{2, 6, 5}});
       }}},
      {"embedding", {[](NetBuilder& b, const std::string& op) {
         const int ids = b.graph.add_input("ids", Type::kI64, {Shape::kFree, Shape::kFree});
         return of_one(b, b.op(op, {ids, b.weight("words", {20, 4})}), {{2, 5}}, 20);
       }}},
      {"lstm", {lstm_net}},
      {"quantize", {rounded_net}},
      {"dequantize", {rounded_net}},
      {"conv2d_i8",
       {[](NetBuilder& b, const std::string& op) {
          const int x = b.image(4);
          return int8_layer(b, op, {6, 4, 3, 3}, x, {{2, 4, 7, 6}});
        },
        kStep * 1.01f}},
      {"linear_i8",
       {[](NetBuilder& b, const std::string& op) {
          const int x = rows_input(b, {Shape::kFree, 12});
          return int8_layer(b, op, {5, 12}, x, {{3, 12}});
        },
        kStep * 1.01f}},
      {"add_i8",
       {[](NetBuilder& b, const std::string& op) { return int8_of(b, op, 2); }, kStep * 1.01f}},
      {"global_avg_pool_i8",
       {[](NetBuilder& b, const std::string& op) { return int8_of(b, op, 1); }, kStep * 1.01f}},
  };
  return table;
}

bool holds_op(const edge::Graph& graph, std::string_view op) {
  return std::ranges::any_of(graph.nodes, [&](const auto& node) { return node.op->name == op; });
}

bool holds_type(const Bytes& file, std::string_view type) {
  onnx::Model model;
  EXPECT_TRUE(model.ParseFromArray(file.data(), static_cast<int>(file.size())));
  return std::ranges::any_of(model.graph().node(),
                             [&](const auto& node) { return node.op_type() == type; });
}

void check_row(const OpSpec& spec, const Example& example) {
  NetBuilder builder(3);
  const Net net = example.make(builder, std::string(spec.op()));
  ASSERT_TRUE(holds_op(net.graph, spec.op())) << "the example is of another op";
  const Bytes file = write_onnx(net.graph);
  if (!spec.onnx.type.empty()) {
    EXPECT_TRUE(holds_type(file, spec.onnx.type));
  }
  const edge::Graph back = value_or_throw(read_onnx(file));
  if (spec.onnx.read) {
    EXPECT_TRUE(holds_op(back, spec.op())) << edge::to_text(back);
  }
  const auto expected = value_or_throw(test::run(net, net.graph));
  const auto got = value_or_throw(test::run(net, back));
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], expected[i], example.tolerance * std::max(1.f, std::abs(expected[i])));
}

TEST(OpSpec, EachOpOfOnnxComesBackAndComputesTheSame) {
  for (const OpSpec& spec : op_specs()) {
    SCOPED_TRACE(spec.op());
    if (!spec.onnx.write) {
      EXPECT_GT(spec.onnx.lacks.size(), 10u) << "say why ONNX has no such op";
      continue;
    }
    const auto example = examples().find(spec.op());
    ASSERT_NE(example, examples().end()) << "add an example";
    check_row(spec, example->second);
  }
}

TEST(OpSpec, WhatOnnxLacksIsRefusedWithTheReason) {
  edge::Graph graph;
  const int x = graph.add_input("x", Type::kF32, {Shape::kFree, 3, Shape::kFree, Shape::kFree});
  graph.outputs = {graph.add_node("propose_regions", "regions", {x},
                                  {{"stride", {8}}, {"count", {16}}, {"min_side", {6}}})};
  try {
    write_onnx(graph);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), testing::HasSubstr(find_spec("propose_regions")->onnx.lacks));
  }
}

TEST(OpSpec, NamesOfLibtorchStandInOneRow) {
  std::map<std::string_view, int> rows;
  for (const OpSpec& spec : op_specs())
    for (const std::string_view name : spec.aten_names()) ++rows[name];
  for (const std::string_view name : aten_names_without_op()) ++rows[name];
  for (const auto& [name, count] : rows) EXPECT_EQ(count, 1) << name;
}

// A Failure or a graph whose shapes can be asked for, never a crash.
void read_hostile(std::span<const uint8_t> file, const std::vector<Shape>& shapes) {
  const auto graph = read_onnx(file);
  if (graph.ok()) (void)edge::infer(*graph, shapes).ok();
}

TEST(OpSpec, SurvivesMutationsOfEveryOp) {
  for (const OpSpec& spec : op_specs()) {
    if (!spec.onnx.write) continue;
    NetBuilder builder(5);
    const Net net = examples().at(spec.op()).make(builder, std::string(spec.op()));
    const Bytes original = write_onnx(net.graph);
    Random random(11);
    for (int round = 0; round < 100; ++round) {
      Bytes bytes = original;
      for (int64_t flips = random.between(1, 6); flips > 0; --flips)
        bytes[size_t(random.below(int64_t(bytes.size())))] = uint8_t(random.below(256));
      read_hostile(bytes, net.shapes);
    }
  }
}

// A small constant that many nodes dequantise would become any amount of memory.
TEST(OpSpec, ConstantsDoNotGrowWithoutBounds) {
  NetBuilder builder(5);
  const Net net = examples().at("conv2d_i8").make(builder, "conv2d_i8");
  const Bytes file = write_onnx(net.graph);
  onnx::Model model;
  ASSERT_TRUE(model.ParseFromArray(file.data(), static_cast<int>(file.size())));
  const auto& nodes = model.graph().node();
  const auto weight = std::ranges::find_if(nodes, [](const onnx::Node& node) {
    return node.op_type() == "DequantizeLinear" && node.attribute_size() > 0;
  });
  ASSERT_NE(weight, nodes.end());
  const onnx::Node again = *weight;
  auto* tensor = &*std::ranges::find_if(
      *model.mutable_graph()->mutable_initializer(),
      [&](const onnx::Tensor& constant) { return constant.name() == again.input(0); });
  tensor->set_dims(1, 4'000);  // [6, 4000, 3, 3]
  tensor->set_raw_data(std::string(6 * 4'000 * 9, '\1'));
  for (int i = 0; i < 20; ++i) {
    onnx::Node* node = model.mutable_graph()->add_node();
    *node = again;
    node->set_output(0, "again" + std::to_string(i));
  }
  const std::string bytes = model.SerializeAsString();
  const auto read = read_onnx({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.failure().message, testing::HasSubstr("bytes of computed constants"));
}

}  // namespace
}  // namespace paucal::graph
