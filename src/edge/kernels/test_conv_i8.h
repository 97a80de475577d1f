#pragma once
// For tests: random int8 convolutions, and the same by plain loops over 64-bit integers.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "edge/runtime/session.h"

namespace paucal::edge {

struct ConvI8Case {
  int64_t n = 1, c = 1, h = 1, w = 1, o = 1, kh = 1, kw = 1;
  int64_t stride[2] = {1, 1}, padding[4] = {0, 0, 0, 0}, dilation[2] = {1, 1}, groups = 1;
  bool residual = false, linear = false;
  double clamp[2] = {-3.4e38, 3.4e38};
  Quantisation x{0.02f, 120}, y{0.05f, 30}, r{0.03f, 77};
  int fill = -1;        // all of x, or -1: random
  int weight_fill = 0;  // all weights, or 0: random

  int64_t out(int side) const {
    const int64_t in = side ? w : h, k = side ? kw : kh;
    return (in + padding[side] + padding[side + 2] - dilation[side] * (k - 1) - 1) / stride[side] +
           1;
  }
};

struct ConvI8Data {
  std::vector<uint8_t> x, residual;
  std::vector<int8_t> weight;
  std::vector<float> scale;
  std::vector<int32_t> bias;
};

inline ConvI8Data data_of(const ConvI8Case& t, uint64_t seed) {
  Random random(seed);
  ConvI8Data d;
  const auto byte = [&](int fill) {
    return static_cast<uint8_t>(fill < 0 ? random.below(256) : fill);
  };
  for (int64_t i = 0; i < t.n * t.c * t.h * t.w; ++i) d.x.push_back(byte(t.fill));
  for (int64_t i = 0; i < t.n * t.o * t.out(0) * t.out(1); ++i) d.residual.push_back(byte(-1));
  for (int64_t i = 0; i < t.o * t.c / t.groups * t.kh * t.kw; ++i)
    d.weight.push_back(
        static_cast<int8_t>(t.weight_fill ? t.weight_fill : random.between(-127, 127)));
  for (int64_t i = 0; i < t.o; ++i) {
    d.scale.push_back(static_cast<float>(random.uniform(0, 0.02)));
    d.bias.push_back(static_cast<int32_t>(random.between(-20000, 20000)));
  }
  return d;
}

// x and the result are N × H × W × C.
inline std::vector<uint8_t> reference(const ConvI8Case& t, const ConvI8Data& d) {
  const auto stored = [&](double real) {
    return std::clamp(std::nearbyint(std::clamp(real / t.y.scale, -1e6, 1e6)) + t.y.zero_point, 0.,
                      255.);
  };
  const int64_t depth = t.c / t.groups, oh = t.out(0), ow = t.out(1);
  std::vector<uint8_t> y;
  for (int64_t n = 0; n < t.n; ++n)
    for (int64_t i = 0; i < oh; ++i)
      for (int64_t j = 0; j < ow; ++j)
        for (int64_t o = 0; o < t.o; ++o) {
          int64_t sum = d.bias[o];
          for (int64_t k = 0; k < depth; ++k)
            for (int64_t a = 0; a < t.kh; ++a)
              for (int64_t b = 0; b < t.kw; ++b) {
                const int64_t row = i * t.stride[0] - t.padding[0] + a * t.dilation[0];
                const int64_t column = j * t.stride[1] - t.padding[1] + b * t.dilation[1];
                if (row < 0 || row >= t.h || column < 0 || column >= t.w) continue;
                const int64_t channel = o / (t.o / t.groups) * depth + k;
                const int x = d.x[((n * t.h + row) * t.w + column) * t.c + channel];
                sum += (x - t.x.zero_point) *
                       int64_t{d.weight[((o * depth + k) * t.kh + a) * t.kw + b]};
              }
          EXPECT_LE(std::abs(sum), INT32_MAX);
          const auto scale = static_cast<float>(double(t.x.scale) * d.scale[o] / double(t.y.scale));
          float v = static_cast<float>(sum) * scale;
          if (t.residual)
            v = std::fma(static_cast<float>(d.residual[y.size()] - t.r.zero_point),
                         static_cast<float>(double(t.r.scale) / double(t.y.scale)), v);
          const double rounded = std::nearbyint(v) + t.y.zero_point;
          y.push_back(static_cast<uint8_t>(
              std::min(std::max(rounded, stored(t.clamp[0])), stored(t.clamp[1]))));
        }
  return y;
}

inline Graph graph_of(const ConvI8Case& t, const ConvI8Data& d) {
  Graph graph;
  const Layout layout = t.linear ? Layout::kRows : Layout::kChannelsLast;
  const auto input = [&](const char* name, const Shape& shape, const Quantisation& q) {
    const int id = graph.add_input(name, Type::kU8, shape);
    graph.value(id).layout = layout, graph.value(id).quantisation = q;
    return id;
  };
  const auto constant = [&](const char* name, Type type, const Shape& shape, const auto& numbers) {
    return graph.add_constant(name, type, shape, std::as_bytes(std::span(numbers)));
  };
  const Shape in = t.linear ? Shape{t.n, t.c} : Shape{t.n, t.c, t.h, t.w};
  const Shape out = t.linear ? Shape{t.n, t.o} : Shape{t.n, t.o, t.out(0), t.out(1)};
  const Shape weight = t.linear ? Shape{t.o, t.c} : Shape{t.o, t.c / t.groups, t.kh, t.kw};
  std::vector<int> inputs = {input("x", in, t.x), constant("w", Type::kI8, weight, d.weight),
                             constant("s", Type::kF32, {t.o}, d.scale),
                             constant("b", Type::kI32, {t.o}, d.bias)};
  if (t.residual) inputs.push_back(input("r", out, t.r));
  std::map<std::string, Attribute, std::less<>> attributes;
  attributes["clamp"] = {t.clamp[0], t.clamp[1]};
  if (!t.linear) {
    attributes["stride"] = {double(t.stride[0]), double(t.stride[1])};
    attributes["padding"] = Attribute(t.padding, t.padding + 4);
    attributes["dilation"] = {double(t.dilation[0]), double(t.dilation[1])};
    attributes["groups"] = {double(t.groups)};
  }
  const int y = graph.add_node(t.linear ? "linear_i8" : "conv2d_i8", "y", inputs, attributes);
  graph.value(y).type = Type::kU8;
  graph.value(y).layout = layout, graph.value(y).quantisation = t.y;
  graph.outputs = {y};
  return graph;
}

}  // namespace paucal::edge
