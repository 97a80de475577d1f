#include "graph/quantise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "edge/graph/op.h"
#include "edge/runtime/session.h"
#include "graph/fuse_depthwise.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Layout;
using edge::Node;
using edge::Shape;
using edge::Tensor;
using edge::Type;

constexpr int64_t kSide = 24, kClasses = 10, kPixels = 3 * kSide * kSide;

// Convolutions of every sort with random weights; the last sees all of the image.
struct QuantisedNet {
  Graph graph;
  Random random{3};

  int constant(const Shape& shape, double deviation) {
    std::vector<float> numbers;
    for (int64_t i = 0; i < shape.elements(); ++i)
      numbers.push_back(static_cast<float>(random.normal() * deviation));
    return graph.add_constant("c", Type::kF32, shape, std::as_bytes(std::span(numbers)));
  }
  int conv(std::string name, int x, const Shape& weight, double stride, double pad,
           double groups = 1, int residual = Node::kAbsent, bool relu = true) {
    const double inputs = static_cast<double>(weight[1] * weight[2] * weight[3]);
    const int id = graph.add_node(
        "conv2d", std::move(name),
        {x, constant(weight, std::sqrt(2 / inputs)), constant({weight[0]}, 0.1), residual},
        {{"stride", {stride, stride}},
         {"padding", {pad, pad, pad, pad}},
         {"groups", {groups}},
         {"clamp", {relu ? 0 : -3.4e38, 3.4e38}}});
    graph.value(id).layout = Layout::kChannelsLast;
    return id;
  }
};

Graph small_net() {
  QuantisedNet net;
  int x = net.graph.add_input("x", Type::kF32, {Shape::kFree, 3, kSide, kSide});
  net.graph.value(x).layout = Layout::kChannelsLast;
  x = net.conv("stem", x, {16, 3, 3, 3}, 2, 1);
  x = net.conv("block", x, {16, 16, 3, 3}, 1, 1, 1, x);
  x = net.conv("depthwise", x, {16, 1, 3, 3}, 1, 1, 16);
  x = net.conv("pointwise", x, {24, 16, 1, 1}, 1, 0);
  x = net.conv("classes", x, {kClasses, 24, kSide / 2, kSide / 2}, 1, 0, 1, Node::kAbsent, false);
  net.graph.outputs = {x};
  return net.graph;
}

// A chain of all that stays in u8, and linear layers behind it.
Graph pooled_net() {
  QuantisedNet net;
  Graph& graph = net.graph;
  const auto image_op = [&](const char* op, const std::vector<int>& inputs,
                            const std::map<std::string, edge::Attribute, std::less<>>& attributes) {
    const int id = graph.add_node(op, op, inputs, attributes);
    graph.value(id).layout = Layout::kChannelsLast;
    return id;
  };
  int x = graph.add_input("x", Type::kF32, {Shape::kFree, 3, kSide, kSide});
  graph.value(x).layout = Layout::kChannelsLast;
  x = net.conv("stem", x, {16, 3, 3, 3}, 1, 1);
  x = image_op("max_pool2d", {x},
               {{"kernel", {3, 3}}, {"stride", {2, 2}}, {"padding", {1, 1, 1, 1}}});
  const int a = net.conv("a", x, {32, 16, 3, 3}, 1, 1);
  const int b = net.conv("b", x, {32, 16, 1, 1}, 1, 0);
  x = image_op("add", {a, b}, {{"clamp", {0, 6}}});
  x = image_op("global_avg_pool", {x}, {});
  x = graph.add_node("to_rows", "rows", {x});
  x = graph.add_node("reshape", "flat", {x}, {{"shape", {0, -1}}});
  x = graph.add_node("linear", "hidden", {x, net.constant({64, 32}, 0.5), net.constant({64}, 0.1)},
                     {{"clamp", {0, 3.4e38}}});
  x = graph.add_node("linear", "classes", {x, net.constant({kClasses, 64}, 0.2)});
  graph.outputs = {x};
  return graph;
}

std::vector<float> images(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> x;
  for (int64_t i = 0; i < count * kPixels; ++i) x.push_back(static_cast<float>(random.normal()));
  return x;
}

Tensor batch_of(std::vector<float>& x) {
  return {Type::kF32,
          Layout::kChannelsLast,
          {static_cast<int64_t>(x.size()) / kPixels, 3, kSide, kSide},
          x.data()};
}

std::vector<float> run(Graph graph, std::vector<float>& x) {
  auto model = edge::Model::make({std::move(graph), Json::object()});
  if (!model.ok()) return ADD_FAILURE() << model.failure().message, std::vector<float>{};
  edge::Session session(*model);
  const Tensor input = batch_of(x);
  const auto out = session.run(std::span(&input, 1));
  if (!out.ok()) return ADD_FAILURE() << out.failure().message, std::vector<float>{};
  const auto* y = (*out)[0].as<const float>();
  return {y, y + (*out)[0].shape.elements()};
}

std::string ops_of(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes)
    text += (text.empty() ? "" : " ") + std::string(node.op->name);
  return text;
}

Graph quantised(const Graph& graph, const QuantiseOptions& options = {}) {
  std::vector<float> x = images(64, 1);
  const std::vector<std::vector<Tensor>> samples = {{batch_of(x)}};
  const auto ranges = observe(graph, samples);
  EXPECT_TRUE(ranges.ok());
  auto result = quantise(graph, *ranges, options);
  EXPECT_TRUE(result.ok());
  return *result;
}

// Relative error of the outputs below `bound`; other answers are near ties.
void check_answers(const Graph& graph, double bound) {
  std::vector<float> x = images(64, 2);  // others than those it was calibrated with
  const std::vector<float> exact = run(graph, x);
  for (const bool last : {false, true}) {
    const std::vector<float> got = run(quantised(graph, {.last_layers = last}), x);
    ASSERT_EQ(got.size(), exact.size());
    double error = 0, power = 0;
    int same = 0;
    for (size_t i = 0; i < exact.size(); ++i)
      error += std::pow(got[i] - exact[i], 2), power += std::pow(exact[i], 2);
    const double rms = std::sqrt(power / static_cast<double>(exact.size()));
    for (size_t i = 0; i < exact.size(); i += kClasses) {
      const auto best = [&](const std::vector<float>& y) {
        const auto begin = y.begin() + static_cast<std::ptrdiff_t>(i);
        return static_cast<size_t>(std::max_element(begin, begin + kClasses) - y.begin());
      };
      same += best(exact) == best(got);
      EXPECT_LT(exact[best(exact)] - exact[best(got)], 0.1 * rms);  // other answers: near ties
    }
    EXPECT_LT(std::sqrt(error / power), bound) << last;
    EXPECT_GE(same, 61) << last;
  }
}

TEST(Quantise, KeepsTheAnswers) {
  check_answers(small_net(), 0.04);
}

TEST(Quantise, KeepsTheAnswersOfPoolsAdditionsAndLinearLayers) {
  check_answers(pooled_net(), 0.04);
  EXPECT_EQ(ops_of(quantised(pooled_net())),
            "quantize conv2d_i8 max_pool2d conv2d_i8 conv2d_i8 add_i8 global_avg_pool_i8 "
            "dequantize to_rows reshape quantize linear_i8 dequantize linear");
}

TEST(Quantise, ConvertsAtTheBordersAlone) {
  const Graph graph = small_net();
  const std::string chain = "conv2d_i8 conv2d_i8 conv2d_i8 ";
  EXPECT_EQ(ops_of(quantised(graph)), "quantize conv2d_i8 " + chain + "dequantize conv2d");
  EXPECT_EQ(ops_of(quantised(graph, {.first_layers = false})),
            "conv2d quantize " + chain + "dequantize conv2d");
  EXPECT_EQ(ops_of(quantised(graph, {.last_layers = true})),
            "quantize conv2d_i8 " + chain + "conv2d_i8 dequantize");
}

TEST(Quantise, DropsTheFloatWeights) {
  const Graph graph = small_net();
  const auto bytes_of = [](const Graph& g) {
    size_t bytes = 0;
    for (const auto& value : g.values) bytes += value.data.bytes.size();
    return bytes;
  };
  EXPECT_LT(bytes_of(quantised(graph, {.last_layers = true})), bytes_of(graph) / 3.8);
}

TEST(Quantise, LeavesWhatItDoesNotKnow) {
  Graph graph = small_net();
  const int relu = graph.add_node("relu", "relu", {graph.outputs[0]});
  graph.value(relu).layout = Layout::kChannelsLast;
  graph.outputs = {relu, graph.nodes[1].outputs[0]};  // of "block", which makes it a last layer
  const Graph result = quantised(graph);
  EXPECT_EQ(ops_of(result),
            "quantize conv2d_i8 dequantize conv2d quantize conv2d_i8 conv2d_i8 dequantize conv2d "
            "relu");
  EXPECT_EQ(result.outputs.size(), 2u);
}

TEST(Quantise, LeavesConvolutionsThatWereFused) {
  QuantisedNet net;
  int x = net.graph.add_input("x", Type::kF32, {Shape::kFree, 3, kSide, kSide});
  net.graph.value(x).layout = Layout::kChannelsLast;
  x = net.conv("stem", x, {16, 3, 3, 3}, 2, 1);
  x = net.conv("expand", x, {24, 16, 1, 1}, 1, 0);
  x = net.conv("depthwise", x, {24, 1, 3, 3}, 1, 1, 24);
  x = net.conv("classes", x, {kClasses, 24, kSide / 2, kSide / 2}, 1, 0, 1, Node::kAbsent, false);
  net.graph.outputs = {x};
  fuse_depthwise(net.graph, {});
  EXPECT_EQ(ops_of(quantised(net.graph)),
            "quantize conv2d_i8 dequantize pointwise_depthwise conv2d");
  check_answers(net.graph, 0.04);
}

TEST(Quantise, RangesHoldZeroExactly) {
  for (const auto& [low, high] :
       {std::pair{-1.f, 3.f}, {2.f, 3.f}, {-3.f, -2.f}, {0.f, 0.f}, {-1e-30f, 1e-30f}}) {
    const edge::Quantisation q = quantisation_of({low, high});
    EXPECT_GT(q.scale, 0);
    EXPECT_LE(q.scale * static_cast<float>(0 - q.zero_point), std::min(0.f, low) + q.scale);
    EXPECT_GE(q.scale * static_cast<float>(255 - q.zero_point), std::max(0.f, high) - q.scale);
  }
}

TEST(Quantise, TellsWhatIsWrong) {
  const Graph graph = small_net();
  EXPECT_FALSE(quantise(graph, {}).ok());
  std::vector<float> x = images(1, 1);
  x[7] = NAN;
  const std::vector<std::vector<Tensor>> samples = {{batch_of(x)}};
  EXPECT_EQ(observe(graph, samples).failure().message,
            "sample 0: value 'x' holds a number that is not finite");
}

}  // namespace
}  // namespace paucal::graph
