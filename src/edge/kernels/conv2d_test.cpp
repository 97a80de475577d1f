#include "edge/kernels/conv2d.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/random.h"
#include "edge/runtime/session.h"

namespace paucal::edge {
namespace {

struct Case {
  int64_t batch, in, height, width, out, kernel_h, kernel_w;
  int64_t stride_h = 1, stride_w = 1;
  std::array<int64_t, 4> padding{};  // top, left, bottom, right
  int64_t dilation_h = 1, dilation_w = 1, groups = 1;
  bool bias = true, residual = false;
  double low = -3.4e38, high = 3.4e38;

  int64_t out_h() const { return axis(height, kernel_h, stride_h, dilation_h, 0); }
  int64_t out_w() const { return axis(width, kernel_w, stride_w, dilation_w, 1); }
  int64_t axis(int64_t size, int64_t kernel, int64_t stride, int64_t dilation, size_t i) const {
    return (size + padding[i] + padding[i + 2] - dilation * (kernel - 1) - 1) / stride + 1;
  }
};

struct Numbers {
  std::vector<float> x, weight, bias, residual;
};

std::vector<float> numbers(Random& random, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(random.uniform(-1, 1));
  return values;
}

Numbers numbers_for(const Case& c, uint64_t seed = 1) {
  Random random(seed);
  return {numbers(random, c.batch * c.in * c.height * c.width),
          numbers(random, c.out * (c.in / c.groups) * c.kernel_h * c.kernel_w),
          numbers(random, c.out), numbers(random, c.batch * c.out * c.out_h() * c.out_w())};
}

struct Expected {
  std::vector<double> y;
  double largest = 1;  // before the clamp: what rounding is measured by
};

// The definition, in double.
Expected expected(const Case& c, const Numbers& v) {
  Expected result;
  auto& y = result.y;
  const int64_t group_in = c.in / c.groups, group_out = c.out / c.groups;
  for (int64_t n = 0; n < c.batch; ++n)
    for (int64_t oy = 0; oy < c.out_h(); ++oy)
      for (int64_t ox = 0; ox < c.out_w(); ++ox)
        for (int64_t o = 0; o < c.out; ++o) {
          double sum = c.bias ? v.bias[o] : 0;
          for (int64_t i = 0; i < group_in; ++i)
            for (int64_t ky = 0; ky < c.kernel_h; ++ky)
              for (int64_t kx = 0; kx < c.kernel_w; ++kx) {
                const int64_t py = oy * c.stride_h - c.padding[0] + ky * c.dilation_h;
                const int64_t px = ox * c.stride_w - c.padding[1] + kx * c.dilation_w;
                if (py < 0 || py >= c.height || px < 0 || px >= c.width) continue;
                sum += double{v.x[((n * c.height + py) * c.width + px) * c.in +
                                  o / group_out * group_in + i]} *
                       v.weight[((o * group_in + i) * c.kernel_h + ky) * c.kernel_w + kx];
              }
          if (c.residual) sum += v.residual[y.size()];
          result.largest = std::max(result.largest, std::abs(sum));
          y.push_back(std::min(std::max(sum, c.low), c.high));
        }
  return result;
}

int add_constant(Graph& graph, const Shape& shape, const std::vector<float>& values) {
  return graph.add_constant("c", Type::kF32, shape, std::as_bytes(std::span(values)));
}

Graph graph_of(const Case& c, const Numbers& v) {
  Graph graph;
  const auto d = [](int64_t i) { return static_cast<double>(i); };
  const int x = graph.add_input("x", Type::kF32, {Shape::kFree, c.in, Shape::kFree, Shape::kFree});
  const int weight =
      add_constant(graph, {c.out, c.in / c.groups, c.kernel_h, c.kernel_w}, v.weight);
  const int bias = c.bias ? add_constant(graph, {c.out}, v.bias) : Node::kAbsent;
  int residual = Node::kAbsent;
  if (c.residual) {
    residual = graph.add_input("r", Type::kF32, {Shape::kFree, c.out, Shape::kFree, Shape::kFree});
    graph.value(residual).layout = Layout::kChannelsLast;
  }
  const int y = graph.add_node(
      "conv2d", "conv", {x, weight, bias, residual},
      {{"stride", {d(c.stride_h), d(c.stride_w)}},
       {"padding", {d(c.padding[0]), d(c.padding[1]), d(c.padding[2]), d(c.padding[3])}},
       {"dilation", {d(c.dilation_h), d(c.dilation_w)}},
       {"groups", {d(c.groups)}},
       {"clamp", {c.low, c.high}}});
  graph.value(x).layout = graph.value(y).layout = Layout::kChannelsLast;
  graph.outputs = {y};
  return graph;
}

struct Output {
  std::vector<float> y;
  std::string path;
};

Output run(const Case& c, const Numbers& v, Isa isa, int threads) {
  Graph graph = graph_of(c, v);
  EXPECT_EQ(validate(graph), std::nullopt);
  auto model = Model::make({std::move(graph), Json::object()}, isa);
  if (!model.ok()) {
    ADD_FAILURE() << model.failure().message;
    return {};
  }
  Session session(*model, {.threads = threads});
  std::vector<Tensor> inputs = {{Type::kF32,
                                 Layout::kChannelsLast,
                                 {c.batch, c.in, c.height, c.width},
                                 const_cast<float*>(v.x.data())}};
  if (c.residual)
    inputs.push_back({Type::kF32,
                      Layout::kChannelsLast,
                      {c.batch, c.out, c.out_h(), c.out_w()},
                      const_cast<float*>(v.residual.data())});
  const auto out = session.run(inputs);
  if (!out.ok()) {
    ADD_FAILURE() << out.failure().message;
    return {};
  }
  const Tensor& y = (*out)[0];
  EXPECT_EQ(y.shape, (Shape{c.batch, c.out, c.out_h(), c.out_w()}));
  const float* data = y.as<const float>();
  return {{data, data + y.shape.elements()}, std::string((*model)->kernel(0).path())};
}

// Both instruction sets, one thread and three, against the definition. `tolerance`: of the largest
// output (1 at least).
void check(const Case& c, std::string_view path, double tolerance = 2e-6) {
  SCOPED_TRACE(testing::Message() << c.batch << "x" << c.in << "x" << c.height << "x" << c.width
                                  << " to " << c.out << ", kernel " << c.kernel_h << "x"
                                  << c.kernel_w << ", stride " << c.stride_h << "x" << c.stride_w
                                  << ", groups " << c.groups << ", residual " << c.residual);
  const Numbers v = numbers_for(c);
  const auto [wanted, largest] = expected(c, v);
  for (const Isa isa : {Isa::kPortable, best_isa()}) {
    const Output got = run(c, v, isa, 1);
    EXPECT_TRUE(got.path.starts_with(path)) << got.path;
    ASSERT_EQ(got.y.size(), wanted.size());
    double error = 0;
    for (size_t i = 0; i < wanted.size(); ++i)
      error = std::max(error, std::abs(got.y[i] - wanted[i]));
    EXPECT_LE(error, tolerance * largest) << got.path;
    const Output threaded = run(c, v, isa, 3);
    ASSERT_EQ(threaded.y.size(), got.y.size());
    EXPECT_EQ(std::memcmp(threaded.y.data(), got.y.data(), got.y.size() * sizeof(float)), 0)
        << got.path << ": 3 threads differ from 1";
  }
}

TEST(Conv2d, PointwiseOfAnyChannels) {
  for (const int64_t in : {1, 7, 16, 24, 65})
    for (const int64_t out : {1, 5, 8, 9, 16, 17, 24, 40})
      check({.batch = 1,
             .in = in,
             .height = 5,
             .width = 7,
             .out = out,
             .kernel_h = 1,
             .kernel_w = 1,
             .residual = out % 2 == 0,
             .low = 0,
             .high = 6},
            "gemm");
}

TEST(Conv2d, FirstLayersOfFewChannels) {
  for (const int64_t in : {1, 2, 3, 4})
    check({.batch = 2,
           .in = in,
           .height = 19,
           .width = 23,
           .out = 18,
           .kernel_h = 7,
           .kernel_w = 7,
           .stride_h = 2,
           .stride_w = 2,
           .padding = {3, 3, 3, 3}},
          "gemm");
  check({.batch = 1,
         .in = 3,
         .height = 33,
         .width = 31,
         .out = 32,
         .kernel_h = 3,
         .kernel_w = 3,
         .stride_h = 2,
         .stride_w = 2,
         .padding = {0, 0, 1, 1},
         .low = 0},
        "gemm");
}

TEST(Conv2d, RandomShapes) {
  Random random(7);
  for (int i = 0; i < 60; ++i) {
    Case c{.batch = random.between(1, 3),
           .in = random.between(1, 20),
           .height = random.between(1, 15),
           .width = random.between(1, 15),
           .out = random.between(1, 36),
           .kernel_h = random.between(1, 4),
           .kernel_w = random.between(1, 5)};
    c.stride_h = random.between(1, 3), c.stride_w = random.between(1, 3);
    c.dilation_h = random.between(1, 2), c.dilation_w = random.between(1, 2);
    for (int64_t& p : c.padding) p = random.between(0, 3);
    c.bias = random.chance(.7), c.residual = random.chance(.5);
    if (random.chance(.5)) c.low = -.5, c.high = 1.5;
    // Grouped at times: a multiple of the groups on both sides.
    const int64_t groups = random.between(1, 4);
    if (groups > 1) c.groups = groups, c.in *= groups, c.out *= groups;
    if (c.dilation_h * (c.kernel_h - 1) >= c.height + c.padding[0] + c.padding[2] ||
        c.dilation_w * (c.kernel_w - 1) >= c.width + c.padding[1] + c.padding[3])
      continue;
    check(c, "");
  }
}

TEST(Conv2d, ManyBlocksAndPanels) {
  check({.batch = 2,
         .in = 24,
         .height = 40,
         .width = 37,
         .out = 50,
         .kernel_h = 3,
         .kernel_w = 3,
         .stride_h = 1,
         .stride_w = 2,
         .padding = {1, 1, 1, 1},
         .residual = true,
         .low = 0},
        "gemm");
  check({.batch = 1, .in = 96, .height = 7, .width = 7, .out = 320, .kernel_h = 1, .kernel_w = 1},
        "gemm");
}

TEST(Conv2d, Depthwise) {
  for (const int64_t kernel : {3, 5})
    for (const int64_t stride : {1, 2})
      for (const int64_t channels : {3, 8, 13, 24, 32}) {
        const int64_t p = kernel / 2;
        check({.batch = 2,
               .in = channels,
               .height = 13,
               .width = 18,
               .out = channels,
               .kernel_h = kernel,
               .kernel_w = kernel,
               .stride_h = stride,
               .stride_w = stride,
               .padding = {p, p, p, p},
               .groups = channels,
               .residual = channels == 13,
               .low = 0,
               .high = 6},
              "depthwise");
      }
  check({.batch = 1,
         .in = 11,
         .height = 9,
         .width = 14,
         .out = 11,
         .kernel_h = 2,
         .kernel_w = 4,
         .stride_h = 3,
         .stride_w = 1,
         .padding = {2, 0, 1, 3},
         .dilation_h = 2,
         .dilation_w = 3,
         .groups = 11},
        "depthwise");
}

TEST(Conv2d, GroupsAndMultipliers) {
  check({.batch = 1,
         .in = 32,
         .height = 8,
         .width = 9,
         .out = 64,
         .kernel_h = 3,
         .kernel_w = 3,
         .padding = {1, 1, 1, 1},
         .groups = 8,
         .residual = true},
        "reference");
  check({.batch = 3,
         .in = 6,
         .height = 8,
         .width = 9,
         .out = 12,
         .kernel_h = 3,
         .kernel_w = 3,
         .stride_h = 2,
         .padding = {1, 1, 1, 1},
         .groups = 6,
         .low = 0},
        "reference");
}

TEST(Winograd, SizesThatDoNotFillTiles) {
  for (const int64_t size : {3, 4, 5, 7, 9, 14})
    check({.batch = 2,
           .in = 16,
           .height = size,
           .width = size + 2,
           .out = 24,
           .kernel_h = 3,
           .kernel_w = 3,
           .padding = {1, 1, 1, 1},
           .residual = size % 2 == 0,
           .low = 0},
          "winograd", 1e-5);
  check({.batch = 1,
         .in = 24,
         .height = 30,
         .width = 41,
         .out = 40,
         .kernel_h = 3,
         .kernel_w = 3,
         .padding = {0, 2, 3, 1}},
        "winograd", 1e-5);
}

// The bound that winograd.h states.
TEST(Winograd, ErrorStaysBelowItsBound) {
  for (const int64_t channels : {64, 256})
    check({.batch = 1,
           .in = channels,
           .height = 8,
           .width = 8,
           .out = 32,
           .kernel_h = 3,
           .kernel_w = 3,
           .padding = {1, 1, 1, 1}},
          "winograd", 1e-5);
}

TEST(Conv2d, EmptyBatchesAndPaddingAlone) {
  for (const int64_t channels : {3, 16}) {
    const Case empty{.batch = 0,
                     .in = channels,
                     .height = 5,
                     .width = 5,
                     .out = 16,
                     .kernel_h = 3,
                     .kernel_w = 3,
                     .padding = {1, 1, 1, 1},
                     .residual = true};
    check(empty, "");
    Case no_height = empty;
    no_height.batch = 2, no_height.height = 0, no_height.padding = {2, 1, 2, 1};
    check(no_height, "");
    Case no_width = no_height;
    no_width.height = 4, no_width.width = 0, no_width.padding = {1, 2, 1, 2};
    check(no_width, "");
    no_width.groups = no_width.out = channels;
    check(no_width, "depthwise");
  }
}

TEST(Conv2d, KeepsNaNAndClampsInfinity) {
  Case c{.batch = 1,
         .in = 8,
         .height = 4,
         .width = 4,
         .out = 16,
         .kernel_h = 1,
         .kernel_w = 1,
         .low = 0,
         .high = 6};
  Numbers v = numbers_for(c);
  std::ranges::fill(v.weight, 1.f);
  v.x[0] = std::numeric_limits<float>::quiet_NaN();
  v.x[8] = std::numeric_limits<float>::infinity();
  for (const Isa isa : {Isa::kPortable, best_isa()}) {
    const Output got = run(c, v, isa, 1);
    EXPECT_TRUE(std::isnan(got.y[0]));
    EXPECT_EQ(got.y[16], 6.f);
  }
}

// What make() or infer() says of a graph that passes validate().
std::string refusal(Graph graph, const Shape& x) {
  if (auto wrong = validate(graph)) return wrong->message;
  auto model = Model::make({std::move(graph), Json::object()});
  if (!model.ok()) return model.failure().message;
  std::vector<float> data(static_cast<size_t>(std::max<int64_t>(0, x.elements())));
  Session session(*model);
  const Tensor input{Type::kF32, Layout::kChannelsLast, x, data.data()};
  const auto out = session.run(std::span(&input, 1));
  return out.ok() ? "accepted" : out.failure().message;
}

TEST(Conv2d, RefusesHostileGraphs) {
  const Case good{
      .batch = 1, .in = 4, .height = 5, .width = 5, .out = 8, .kernel_h = 3, .kernel_w = 3};
  const Shape x{1, 4, 5, 5};
  const auto base = [&] { return graph_of(good, numbers_for(good)); };
  EXPECT_EQ(refusal(base(), x), "accepted");
  EXPECT_THAT(refusal(base(), {1, 4, 2, 5}), testing::HasSubstr("larger than the padded"));

  const auto with_weight = [&](const Shape& shape) {
    Graph graph = base();
    graph.nodes[0].inputs[1] =
        add_constant(graph, shape, std::vector<float>(static_cast<size_t>(shape.elements())));
    return refusal(std::move(graph), x);
  };
  for (const Shape& shape : {Shape{8, 4, 3}, Shape{}, Shape{0, 4, 3, 3}, Shape{8, 0, 3, 3},
                             Shape{int64_t{1} << 40, 0, 3, 3}, Shape{8, 4, 0, 3}})
    EXPECT_THAT(with_weight(shape), testing::HasSubstr("expected [O, C/groups, kh, kw]"));
  EXPECT_THAT(with_weight({8, 5, 3, 3}), testing::HasSubstr("4 input channels, expected 5"));

  const auto with_bias = [&](const Shape& shape) {
    Graph graph = base();
    graph.nodes[0].inputs[2] =
        add_constant(graph, shape, std::vector<float>(static_cast<size_t>(shape.elements())));
    return refusal(std::move(graph), x);
  };
  for (const Shape& shape : {Shape{7}, Shape{9}, Shape{8, 1}, Shape{0}, Shape{}})
    EXPECT_THAT(with_bias(shape), testing::HasSubstr("expected an f32 constant [8]"));

  Graph groups = base();
  groups.nodes[0].attributes["groups"] = {3};
  EXPECT_THAT(refusal(groups, x), testing::HasSubstr("a multiple of the 3 groups"));
  Graph stride = base();
  stride.nodes[0].attributes["stride"] = {0, 1};
  EXPECT_THAT(refusal(stride, x), testing::HasSubstr("'stride' = 0"));
  Graph rows = base();
  rows.value(rows.inputs[0]).layout = Layout::kRows;
  EXPECT_THAT(refusal(rows, x), testing::HasSubstr("expected channels-last"));
  Graph weight_is_input = base();
  weight_is_input.nodes[0].inputs[1] = weight_is_input.inputs[0];
  EXPECT_THAT(refusal(weight_is_input, x), testing::HasSubstr("expected an f32 constant"));
  Graph residual = base();
  residual.nodes[0].inputs[3] = residual.inputs[0];
  EXPECT_THAT(refusal(residual, x), testing::HasSubstr("a residual of"));
}

}  // namespace
}  // namespace paucal::edge
