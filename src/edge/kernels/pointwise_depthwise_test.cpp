#include "edge/graph/op.h"
#include "edge/kernels/test_conv2d.h"

namespace paucal::edge {
namespace {

using namespace testing_conv2d;
using testing::HasSubstr;

struct Pair {
  int64_t batch, in, hidden, height, width, kernel = 3, stride = 1;
  std::array<int64_t, 4> padding = {1, 1, 1, 1};
  bool inner_bias = true, bias = true;
};

Attribute numbers_of(std::initializer_list<int64_t> values) {
  return Attribute(values.begin(), values.end());
}

// As one node, or as the two convolutions it stands for.
Graph graph_of(const Pair& p, bool fused) {
  Graph graph;
  Random random(3);
  const auto constant = [&](const Shape& shape) {
    return add_constant(graph, shape, numbers(random, shape.elements()));
  };
  int x = graph.add_input("x", Type::kF32, {Shape::kFree, p.in, Shape::kFree, Shape::kFree});
  const int pointwise = constant({p.hidden, p.in, 1, 1});
  const int filter = constant({p.hidden, 1, p.kernel, p.kernel});
  const int inner_bias = p.inner_bias ? constant({p.hidden}) : Node::kAbsent;
  const int bias = p.bias ? constant({p.hidden}) : Node::kAbsent;
  std::map<std::string, Attribute, std::less<>> attributes{
      {"stride", numbers_of({p.stride, p.stride})},
      {"padding", numbers_of({p.padding[0], p.padding[1], p.padding[2], p.padding[3]})},
      {"clamp", {-1, 2}}};
  const Attribute inner_clamp = {0, 1.5};
  graph.value(x).layout = Layout::kChannelsLast;
  if (fused) {
    attributes["inner_clamp"] = inner_clamp;
    x = graph.add_node("pointwise_depthwise", "fused", {x, pointwise, filter, inner_bias, bias},
                       attributes);
  } else {
    x = graph.add_node("conv2d", "inner", {x, pointwise, inner_bias}, {{"clamp", inner_clamp}});
    graph.value(x).layout = Layout::kChannelsLast;
    attributes["groups"] = numbers_of({p.hidden});
    x = graph.add_node("conv2d", "depthwise", {x, filter, bias}, attributes);
  }
  graph.value(x).layout = Layout::kChannelsLast;
  graph.outputs = {x};
  return graph;
}

std::vector<float> run(const Pair& p, bool fused, Isa isa, int threads) {
  auto model = Model::make({graph_of(p, fused), Json::object()}, isa);
  if (!model.ok()) {
    ADD_FAILURE() << model.failure().message;
    return {};
  }
  Random random(5);
  auto x = numbers(random, p.batch * p.in * p.height * p.width);
  const Tensor input{
      Type::kF32, Layout::kChannelsLast, {p.batch, p.in, p.height, p.width}, x.data()};
  Session session(*model, {.threads = threads});
  const auto out = session.run(std::span(&input, 1));
  if (!out.ok()) {
    ADD_FAILURE() << out.failure().message;
    return {};
  }
  const float* data = (*out)[0].as<const float>();
  return {data, data + (*out)[0].shape.elements()};
}

// The same bits as the two convolutions, by either instruction set and any number of threads.
void check_pair(const Pair& p) {
  SCOPED_TRACE(testing::Message() << p.batch << "x" << p.in << "x" << p.height << "x" << p.width
                                  << ", hidden " << p.hidden << ", kernel " << p.kernel
                                  << ", stride " << p.stride);
  for (const Isa isa : {Isa::kPortable, best_isa()}) {
    const auto wanted = run(p, false, isa, 1);
    for (const int threads : {1, 3}) {
      const auto got = run(p, true, isa, threads);
      ASSERT_EQ(got.size(), wanted.size());
      size_t different = 0;
      for (size_t i = 0; i < got.size(); ++i) different += got[i] != wanted[i];
      EXPECT_EQ(different, 0u) << name_of(isa) << ", " << threads << " threads";
    }
  }
}

TEST(PointwiseDepthwise, RandomShapes) {
  Random random(11);
  for (int i = 0; i < 80; ++i) {
    Pair p{.batch = random.between(1, 3),
           .in = random.between(1, 40),
           .hidden = random.between(1, 70),
           .height = random.between(1, 24),
           .width = random.between(1, 24),
           .kernel = random.between(1, 5),
           .stride = random.between(1, 3)};
    for (int64_t& side : p.padding) side = random.between(0, p.kernel);
    p.inner_bias = random.chance(.7), p.bias = random.chance(.7);
    if (p.kernel > p.height + p.padding[0] + p.padding[2] ||
        p.kernel > p.width + p.padding[1] + p.padding[3])
      continue;
    check_pair(p);
  }
}

TEST(PointwiseDepthwise, LinesThatGoAroundTheRing) {
  for (const int64_t stride : {1, 2, 3})
    for (const int64_t kernel : {3, 5})
      check_pair({.batch = 1,
                  .in = 16,
                  .hidden = 40,
                  .height = 61,
                  .width = 90,
                  .kernel = kernel,
                  .stride = stride,
                  .padding = {kernel / 2, kernel / 2, kernel / 2, kernel / 2}});
}

TEST(PointwiseDepthwise, BandsAndPanelsOfManyThreads) {
  check_pair({.batch = 1, .in = 24, .hidden = 144, .height = 90, .width = 90});
  check_pair({.batch = 3, .in = 64, .hidden = 100, .height = 14, .width = 14});
}

TEST(PointwiseDepthwise, EmptyBatchesAndPaddingOnEverySide) {
  check_pair({.batch = 0, .in = 4, .hidden = 20, .height = 5, .width = 5});
  check_pair({.batch = 1, .in = 4, .hidden = 20, .height = 1, .width = 1});
  check_pair({.batch = 1, .in = 4, .hidden = 20, .height = 2, .width = 1, .padding = {9, 7, 8, 6}});
}

TEST(PointwiseDepthwise, CountsTheWorkOfBoth) {
  const Graph fused = graph_of({.batch = 1, .in = 8, .hidden = 48, .height = 9, .width = 9}, true);
  const Node& node = fused.nodes[0];
  const std::vector<Signature> in = {
      {Type::kF32, {1, 8, 9, 9}}, {Type::kF32, {48, 8, 1, 1}}, {Type::kF32, {48, 1, 3, 3}}};
  const std::vector<Signature> out = {{Type::kF32, {1, 48, 9, 9}}};
  EXPECT_EQ(node.op->flops(node, in, out), 2. * 81 * 48 * (8 + 9));
}

TEST(PointwiseDepthwise, RefusesWhatDoesNotFit) {
  const Graph graph = graph_of({.batch = 1, .in = 8, .hidden = 48, .height = 9, .width = 9}, true);
  const Node& node = graph.nodes[0];
  const auto infer = [&](std::vector<Shape> shapes) {
    std::vector<Signature> inputs;
    for (const Shape& shape : shapes) inputs.push_back({Type::kF32, shape});
    const auto made = node.op->infer(node, inputs);
    return made.ok() ? std::string() : made.failure().message;
  };
  const Shape x{1, 8, 9, 9}, inner{48, 8, 1, 1}, filter{48, 1, 3, 3};
  EXPECT_EQ(infer({x, inner, filter}), "");
  EXPECT_EQ(infer({x, inner, filter, {48}, {48}}), "");
  EXPECT_THAT(infer({x, {48, 8, 3, 3}, filter}), HasSubstr("expected [H, C, 1, 1]"));
  EXPECT_THAT(infer({x, {48}, filter}), HasSubstr("expected [H, C, 1, 1]"));
  EXPECT_THAT(infer({x, inner, {24, 1, 3, 3}}), HasSubstr("expected [48, 1, kh, kw]"));
  EXPECT_THAT(infer({x, inner, {48, 2, 3, 3}}), HasSubstr("expected [48, 1, kh, kw]"));
  EXPECT_THAT(infer({x, {0, 8, 1, 1}, {0, 1, 3, 3}}), HasSubstr("none of them 0"));
  EXPECT_THAT(infer({{1, 9, 9, 9}, inner, filter}), HasSubstr("9 input channels"));
  EXPECT_THAT(infer({{1, 8, 0, 9}, inner, filter}), HasSubstr("larger than the padded"));
  EXPECT_THAT(infer({{1, 8}, inner, filter}), HasSubstr("expected [N, C, H, W]"));
  EXPECT_THAT(infer({x, inner, {48, 1, 30, 3}}), HasSubstr("larger than the padded"));
  EXPECT_THAT(infer({x, inner, filter, {24}, {48}}), HasSubstr("a bias of [24]"));
  EXPECT_THAT(infer({x, inner, filter, {48}, {24}}), HasSubstr("a bias of [24]"));
}

}  // namespace
}  // namespace paucal::edge
