#include "graph/passes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "edge/graph/op.h"
#include "edge/runtime/session.h"
#include "graph/layout.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Shape;
using edge::Type;

// Builds small networks with drawn weights.
struct Builder {
  Graph graph;
  Random random{7, 0, 0};

  std::vector<float> draw(int64_t count, double low, double high) {
    std::vector<float> numbers;
    for (int64_t i = 0; i < count; ++i)
      numbers.push_back(static_cast<float>(random.uniform(low, high)));
    return numbers;
  }
  int constant(const std::string& name, const Shape& shape, double low = -.5, double high = .5) {
    const auto numbers = draw(shape.elements(), low, high);
    return graph.add_constant(name, Type::kF32, shape, std::as_bytes(std::span(numbers)));
  }
  int conv(const std::string& name, int x, int64_t in, int64_t out, int64_t kernel, int stride = 1,
           bool bias = false, int64_t groups = 1) {
    const double p = static_cast<double>(kernel / 2);
    const int weight = constant(name + ".weight", {out, in / groups, kernel, kernel});
    const int b = bias ? constant(name + ".bias", {out}) : edge::Node::kAbsent;
    return graph.add_node("conv2d", name, {x, weight, b},
                          {{"stride", {double(stride), double(stride)}},
                           {"padding", {p, p, p, p}},
                           {"dilation", {1, 1}},
                           {"groups", {double(groups)}}});
  }
  int norm(const std::string& name, int x, int64_t channels) {
    const int weight = constant(name + ".weight", {channels}, .5, 1.5);
    const int bias = constant(name + ".bias", {channels});
    const int mean = constant(name + ".running_mean", {channels});
    const int variance = constant(name + ".running_var", {channels}, .3, 2);
    return graph.add_node("batch_norm", name, {x, weight, bias, mean, variance}, {{"eps", {1e-5}}});
  }
  int op(const std::string& name, std::vector<int> inputs,
         std::map<std::string, edge::Attribute, std::less<>> attributes = {}) {
    static int count = 0;
    return graph.add_node(name, name + std::to_string(count++), std::move(inputs),
                          std::move(attributes));
  }
  int image() { return graph.add_input("x", Type::kF32, {-1, 3, -1, -1}); }
};

// A residual block with a projected shortcut, a pyramid level, and a classifier.
Graph network() {
  Builder b;
  const int x = b.image();
  const int stem = b.op("relu", {b.norm("bn1", b.conv("conv1", x, 3, 8, 3, 2), 8)});
  const int left = b.norm("bn2", b.conv("conv2", stem, 8, 12, 3, 2, true), 12);
  const int right = b.norm("bn3", b.conv("conv3", stem, 8, 12, 1, 2), 12);
  const int block = b.op("relu", {b.op("add", {left, right})});
  const int fine = b.norm("lateral1.1", b.conv("lateral1.0", stem, 8, 6, 1), 6);
  const int coarse = b.op("relu", {b.conv("lateral2.0", block, 12, 6, 1)});
  const int up = b.op("resize_nearest", {coarse, fine});
  const int top =
      b.op("clamp", {b.op("relu", {b.op("add", {fine, up})})}, {{"low", {-1}}, {"high", {2.5}}});
  const int half = b.op("mul", {b.constant("a", {1}), b.constant("b", {6, 1, 1})});
  const int scaled = b.op("mul", {top, half});
  const int mean = b.op("global_avg_pool", {scaled});
  b.graph.outputs = {b.op("reshape", {mean}, {{"shape", {0, 6}}}), scaled};
  b.op("sigmoid", {left});  // that nobody reads
  return std::move(b.graph);
}

// Outputs of the graph, after nothing but the layout pass, for an image of a fixed pattern.
std::vector<std::vector<float>> outputs_of(Graph graph, int64_t batch, int64_t h, int64_t w) {
  layout(graph, default_probes(graph));
  EXPECT_EQ(edge::validate(graph), std::nullopt);
  const bool last = graph.value(graph.inputs[0]).layout == edge::Layout::kChannelsLast;
  std::vector<float> x(static_cast<size_t>(batch * 3 * h * w));
  size_t i = 0;
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t a = 0; a < (last ? h * w : 3); ++a)
      for (int64_t c = 0; c < (last ? 3 : h * w); ++c) {
        const auto channel = static_cast<double>(last ? c : a);
        const auto place = static_cast<double>(last ? a : c);
        x[i++] = static_cast<float>(std::sin(.37 * place + 1.9 * channel + 2.3 * double(n)));
      }
  edge::Session session(value_or_throw(edge::Model::make({std::move(graph), Json::object()})));
  const edge::Tensor input{Type::kF32,
                           last ? edge::Layout::kChannelsLast : edge::Layout::kRows,
                           {batch, 3, h, w},
                           x.data()};
  std::vector<std::vector<float>> results;
  for (const edge::Tensor& out : value_or_throw(session.run(std::span(&input, 1)))) {
    EXPECT_EQ(out.layout, edge::Layout::kRows);
    results.emplace_back(out.as<float>(), out.as<float>() + out.shape.elements());
  }
  return results;
}

void expect_near(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b,
                 const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k) {
    ASSERT_EQ(a[k].size(), b[k].size()) << what;
    float largest = 1e-6f, difference = 0;
    for (size_t i = 0; i < a[k].size(); ++i) {
      largest = std::max(largest, std::abs(b[k][i]));
      difference = std::max(difference, std::abs(a[k][i] - b[k][i]));
    }
    EXPECT_LE(difference, 1e-5f * largest) << what << ", output " << k;
  }
}

int count(const Graph& graph, std::string_view op) {
  return static_cast<int>(
      std::ranges::count_if(graph.nodes, [&](const edge::Node& n) { return n.op->name == op; }));
}

TEST(Passes, EachKeepsTheGraphValidAndItsResults) {
  const Graph original = network();
  ASSERT_EQ(edge::validate(original), std::nullopt);
  const auto expected = outputs_of(original, 2, 37, 50);
  Graph graph = original;
  for (const Pass& pass : passes()) {
    pass.apply(graph, default_probes(graph));
    ASSERT_EQ(edge::validate(graph), std::nullopt) << pass.name;
    expect_near(outputs_of(graph, 2, 37, 50), expected, std::string(pass.name));
  }
}

TEST(Passes, EachCanBeSkipped) {
  const auto expected = outputs_of(network(), 1, 32, 48);
  for (const Pass& pass : passes()) {
    Graph graph = network();
    const auto reports = run_passes(graph, {.skip = {std::string(pass.name)}, .probes = {}});
    EXPECT_EQ(reports.size(), passes().size() - 1);
    expect_near(outputs_of(graph, 1, 32, 48), expected, std::string(pass.name));
  }
  Graph graph = network();
  EXPECT_THROW(run_passes(graph, {.skip = {"fold_bm"}, .probes = {}}), Error);
}

TEST(Passes, FoldAndFuseAllThatCanBe) {
  Graph graph = network();
  const auto reports = run_passes(graph);
  EXPECT_EQ(count(graph, "batch_norm"), 0);
  EXPECT_EQ(count(graph, "add"), 0);
  EXPECT_EQ(count(graph, "relu"), 0) << edge::to_text(graph);
  EXPECT_EQ(count(graph, "clamp"), 0);
  EXPECT_EQ(count(graph, "sigmoid"), 0);
  EXPECT_EQ(count(graph, "mul"), 1);
  EXPECT_EQ(count(graph, "conv2d"), 5);
  EXPECT_EQ(reports.front().nodes_before, network().nodes.size());
  EXPECT_EQ(reports.back().nodes_after, graph.nodes.size());
  // relu, then clamp to [-1, 2.5].
  const auto top = std::ranges::find(graph.nodes, "lateral1.0", &edge::Node::name);
  ASSERT_NE(top, graph.nodes.end());
  EXPECT_EQ(top->attributes.at("clamp"), (edge::Attribute{0, 2.5}));
  // Each constant is read by someone.
  for (const edge::Value& value : graph.values) EXPECT_NE(value.name, "bn1.running_mean");
}

TEST(Passes, TheInputIsChannelsLastAndOnlyOutputsAreConverted) {
  Graph graph = network();
  run_passes(graph);
  EXPECT_EQ(graph.value(graph.inputs[0]).layout, edge::Layout::kChannelsLast);
  EXPECT_EQ(count(graph, "to_channels_last"), 0);
  EXPECT_EQ(count(graph, "to_rows"), 2);  // for reshape, and the second output
  const size_t nodes = graph.nodes.size();
  run_passes(graph);
  EXPECT_EQ(graph.nodes.size(), nodes);
}

TEST(Passes, ZerosAroundAnImageBecomePadding) {
  Builder b;
  const auto padded = [&](int x, double value, const edge::Attribute& begin) {
    return b.op("pad", {x}, {{"begin", begin}, {"end", {0, 0, 1, 2}}, {"value", {value}}});
  };
  const int x = b.image();
  const int zeros = padded(x, 0, {0, 0, 0, 1}), ones = padded(x, 1, {0, 0, 0, 1});
  b.graph.outputs = {b.conv("zeros", zeros, 3, 4, 3, 2), b.conv("ones", ones, 3, 4, 3, 2)};
  const auto expected = outputs_of(b.graph, 2, 9, 7);
  run_passes(b.graph);
  EXPECT_EQ(count(b.graph, "pad"), 1) << "another number stays";
  expect_near(outputs_of(b.graph, 2, 9, 7), expected, "padded");
  const auto folded = std::ranges::find(b.graph.nodes, "zeros", &edge::Node::name);
  EXPECT_EQ(folded->attributes.at("padding"), (edge::Attribute{1, 2, 2, 3}));
}

TEST(Passes, BranchesOfOneValueBecomeOneConvolution) {
  Builder b;
  const int x = b.op("relu", {b.conv("stem", b.image(), 3, 6, 3)});
  const int three = b.norm("bn1", b.conv("three", x, 6, 6, 3), 6);
  const int one = b.norm("bn2", b.conv("one", x, 6, 6, 1), 6);
  const int both = b.op("add", {b.op("add", {one, three}), b.norm("same", x, 6)});
  const int picked = b.op("max_pool2d", {both}, {{"kernel", {1, 1}}, {"stride", {2, 2}}});
  b.graph.outputs = {b.op("relu", {b.op("add", {b.conv("wide", both, 6, 4, 5, 2),
                                                b.conv("narrow", picked, 6, 4, 1)})})};
  const auto expected = outputs_of(b.graph, 2, 9, 8);
  run_passes(b.graph);
  EXPECT_EQ(count(b.graph, "conv2d"), 3) << edge::to_text(b.graph);
  EXPECT_EQ(count(b.graph, "add"), 0);
  EXPECT_EQ(count(b.graph, "batch_norm"), 0);
  EXPECT_EQ(count(b.graph, "max_pool2d"), 0);
  expect_near(outputs_of(b.graph, 2, 9, 8), expected, "branches");
}

TEST(Passes, BranchesThatLookElsewhereStayApart) {
  Builder b;
  const int x = b.image();
  const int strided = b.conv("strided", x, 3, 4, 3, 2), other = b.conv("other", x, 3, 4, 1, 2);
  const int shared = b.conv("shared", x, 3, 4, 3);
  const int pooled = b.op("max_pool2d", {shared}, {{"kernel", {2, 2}}, {"stride", {2, 2}}});
  b.graph.outputs = {b.op("add", {strided, pooled}),
                     b.op("add", {other, b.op("relu", {b.conv("c", x, 3, 4, 1, 2)})}), shared};
  const auto expected = outputs_of(b.graph, 1, 8, 8);
  run_passes(b.graph);
  EXPECT_EQ(count(b.graph, "conv2d"), 4);
  expect_near(outputs_of(b.graph, 1, 8, 8), expected, "apart");
}

TEST(Passes, ABroadcastSumIsNoResidual) {
  Builder b;
  const int x = b.image();
  const int y = b.conv("conv", x, 3, 4, 3);
  const int pooled = b.op("global_avg_pool", {b.conv("gate", x, 3, 4, 1)});
  b.graph.outputs = {b.op("add", {y, pooled})};
  const auto expected = outputs_of(b.graph, 2, 9, 7);
  run_passes(b.graph);
  EXPECT_EQ(count(b.graph, "add"), 1);
  expect_near(outputs_of(b.graph, 2, 9, 7), expected, "broadcast");
}

TEST(Passes, AValueThatSomeoneElseReadsIsKept) {
  Builder b;
  const int x = b.image();
  const int y = b.conv("conv", x, 3, 3, 3);
  const int z = b.op("add", {y, x});
  b.graph.outputs = {b.op("relu", {b.norm("bn", y, 3)}), b.op("relu", {z}), z};
  const auto expected = outputs_of(b.graph, 2, 9, 7);
  run_passes(b.graph);
  EXPECT_EQ(count(b.graph, "batch_norm"), 1);
  EXPECT_EQ(count(b.graph, "relu"), 2);
  expect_near(outputs_of(b.graph, 2, 9, 7), expected, "shared");
}

TEST(Passes, AConvolutionAddedToItselfIsNoResidual) {
  Builder b;
  const int y = b.conv("conv", b.image(), 3, 3, 3);
  b.graph.outputs = {b.op("add", {y, y})};
  const auto expected = outputs_of(b.graph, 1, 8, 8);
  run_passes(b.graph);
  EXPECT_EQ(count(b.graph, "add"), 1);
  expect_near(outputs_of(b.graph, 1, 8, 8), expected, "twice");
}

TEST(Passes, DepthwiseConvolutionsTakeUpTheOneBefore) {
  Builder b;
  const int x = b.norm("bn0", b.conv("expand", b.image(), 3, 12, 1), 12);
  const int wide = b.op("clamp", {x}, {{"low", {0}}, {"high", {6}}});
  const int y = b.op("relu", {b.norm("bn1", b.conv("filter", wide, 12, 12, 3, 2, true, 12), 12)});
  b.graph.outputs = {b.conv("project", y, 12, 5, 1)};
  const auto expected = outputs_of(b.graph, 2, 9, 7);
  run_passes(b.graph);
  ASSERT_EQ(count(b.graph, "pointwise_depthwise"), 1) << edge::to_text(b.graph);
  EXPECT_EQ(count(b.graph, "conv2d"), 1);
  const edge::Node& fused = b.graph.nodes[0];
  EXPECT_EQ(fused.name, "filter");
  EXPECT_EQ(fused.attributes.at("inner_clamp"), (edge::Attribute{0, 6}));
  EXPECT_EQ(fused.attributes.at("clamp")[0], 0);
  expect_near(outputs_of(b.graph, 2, 9, 7), expected, "fused");
}

// An inner value that others need, filters that are not 1×1 or not depthwise, dilation, residuals.
TEST(Passes, OtherPairsOfConvolutionsStayApart) {
  const auto stays = [](const char* what, auto&& add) {
    Builder b;
    add(b);
    const auto expected = outputs_of(b.graph, 1, 9, 8);
    run_passes(b.graph);
    EXPECT_EQ(count(b.graph, "pointwise_depthwise"), 0) << what;
    expect_near(outputs_of(b.graph, 1, 9, 8), expected, what);
  };
  const auto pair = [](Builder& b, int64_t inner, int stride, int64_t groups) {
    const int x = b.conv("inner", b.image(), 3, 4, inner, stride);
    b.graph.outputs = {b.conv("outer", x, 4, 4, 3, 1, false, groups)};
    return x;
  };
  stays("another reader",
        [&](Builder& b) { b.graph.outputs.push_back(b.op("relu", {pair(b, 1, 1, 4)})); });
  stays("an output", [&](Builder& b) { b.graph.outputs.push_back(pair(b, 1, 1, 4)); });
  stays("3×3 before", [&](Builder& b) { pair(b, 3, 1, 4); });
  stays("a stride before", [&](Builder& b) { pair(b, 1, 2, 4); });
  stays("two channels a group", [&](Builder& b) { pair(b, 1, 1, 2); });
  stays("dilation", [&](Builder& b) {
    pair(b, 1, 1, 4);
    b.graph.nodes.back().attributes["dilation"] = {2, 2};
  });
  stays("a residual", [&](Builder& b) {
    const int x = b.image();
    const int inner = b.conv("inner", x, 3, 3, 1);
    b.graph.outputs = {b.op("add", {b.conv("outer", inner, 3, 3, 3, 1, false, 3), x})};
  });
}

}  // namespace
}  // namespace paucal::graph
