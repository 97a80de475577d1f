#pragma once
// Convolutions for tests: random numbers, the definition in double, and runs through a session.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"
#include "edge/runtime/session.h"

namespace paucal::edge::testing_conv2d {

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

inline std::vector<float> numbers(Random& random, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(random.uniform(-1, 1));
  return values;
}

inline Numbers numbers_for(const Case& c, uint64_t seed = 1) {
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
inline Expected expected(const Case& c, const Numbers& v) {
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

inline int add_constant(Graph& graph, const Shape& shape, const std::vector<float>& values) {
  return graph.add_constant("c", Type::kF32, shape, std::as_bytes(std::span(values)));
}

inline Graph graph_of(const Case& c, const Numbers& v) {
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

inline Output run(const Case& c, const Numbers& v, Isa isa, int threads) {
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
inline void check(const Case& c, std::string_view path, double tolerance = 2e-6) {
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
    const auto bits = [](float y) { return std::bit_cast<uint32_t>(y); };
    EXPECT_TRUE(std::ranges::equal(threaded.y, got.y, {}, bits, bits))
        << got.path << ": 3 threads differ from 1";
  }
}

}  // namespace paucal::edge::testing_conv2d
