#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::expect_refused;
using test::Sample;

struct PoolWindow {
  std::vector<double> kernel, stride, padding, dilation;
  bool ceil_mode = false, counts_padding = false;

  int64_t out_size(int64_t in, size_t i) const {
    const double room =
        static_cast<double>(in) + padding[i] + padding[i + 2] - dilation[i] * (kernel[i] - 1) - 1;
    if (room < 0) return -1;
    double out = (ceil_mode ? std::ceil(room / stride[i]) : std::floor(room / stride[i])) + 1;
    if (ceil_mode && (out - 1) * stride[i] >= static_cast<double>(in) + padding[i]) --out;
    return static_cast<int64_t>(out);
  }

  Sample reference(const Sample& x, bool max) const {
    const auto number = [](double d) { return static_cast<int64_t>(d); };
    const Shape& in = x.shape;
    Sample y{{in[0], in[1], out_size(in[2], 0), out_size(in[3], 1)}, {}};
    for (int64_t i = 0; i < y.shape.elements(); ++i) {
      const int64_t ox = i % y.shape[3], oy = i / y.shape[3] % y.shape[2];
      const int64_t plane = i / (y.shape[3] * y.shape[2]);
      double best = -INFINITY, sum = 0;
      int64_t inside = 0, padded = 0;
      for (int64_t ky = 0; ky < number(kernel[0]); ++ky)
        for (int64_t kx = 0; kx < number(kernel[1]); ++kx) {
          const int64_t iy = oy * number(stride[0]) - number(padding[0]) + ky * number(dilation[0]);
          const int64_t ix = ox * number(stride[1]) - number(padding[1]) + kx * number(dilation[1]);
          padded += iy < in[2] + number(padding[2]) && ix < in[3] + number(padding[3]);
          if (iy < 0 || iy >= in[2] || ix < 0 || ix >= in[3]) continue;
          const float value = x.values[static_cast<size_t>((plane * in[2] + iy) * in[3] + ix)];
          best = std::max(best, double{value});
          sum += value;
          ++inside;
        }
      const int64_t count = counts_padding ? padded : inside;
      y.values.push_back(static_cast<float>(max          ? best
                                            : inside > 0 ? sum / static_cast<double>(count)
                                                         : 0));
    }
    return y;
  }

  test::Attributes attributes(bool max) const {
    test::Attributes result = {{"kernel", kernel},
                               {"stride", stride},
                               {"padding", padding},
                               {"ceil_mode", {1. * ceil_mode}}};
    if (max)
      result["dilation"] = dilation;
    else
      result["count_include_pad"] = {1. * counts_padding};
    return result;
  }
};

TEST(Pool, AgreesWithTheDefinition) {
  Random random(1);
  const auto numbers = [&](size_t count, int64_t low, int64_t high) {
    std::vector<double> result;
    while (result.size() < count) result.push_back(static_cast<double>(random.between(low, high)));
    return result;
  };
  for (int round = 0; round < 80; ++round) {
    const bool max = round % 2 == 0;
    PoolWindow window{numbers(2, 1, 4), numbers(2, 1, 3), numbers(4, 0, 2), {1, 1}};
    if (max) window.dilation = numbers(2, 1, 3);
    window.ceil_mode = random.below(2) == 0;
    window.counts_padding = random.below(2) == 0;
    const Shape shape{random.below(3), random.between(0, 70), random.below(12), random.below(12)};
    const Sample x = test::random_sample(shape, random);
    if (window.out_size(shape[2], 0) < 0 || window.out_size(shape[3], 1) < 0) {
      expect_refused(max ? "max_pool2d" : "avg_pool2d", {x}, window.attributes(max));
      continue;
    }
    check_op(max ? "max_pool2d" : "avg_pool2d", {x}, window.attributes(max),
             {window.reference(x, max)});
  }
}

TEST(Pool, TakesBytes) {
  Random random(2);
  const Sample x = test::random_integers({2, 33, 7, 6}, random, Type::kU8, 0, 255);
  const PoolWindow window{{3, 3}, {2, 2}, {1, 1, 1, 1}, {1, 1}};
  Sample want = window.reference(x, true);
  want.type = Type::kU8;
  check_op("max_pool2d", {x}, window.attributes(true), {want}, 0);
  expect_refused("avg_pool2d", {x}, window.attributes(false));
}

TEST(Pool, KeepsNan) {
  Sample x{{1, 1, 2, 2}, {1, std::nanf(""), 3, 4}};
  check_op("max_pool2d", {x}, {{"kernel", {2, 2}}}, {Sample{{1, 1, 1, 1}, {std::nanf("")}}});
}

TEST(Pool, TakesTheMeanOfEverything) {
  Random random(3);
  for (const Shape& shape : {Shape{2, 70, 7, 5}, Shape{1, 3, 1, 1}, Shape{0, 3, 2, 2}}) {
    const Sample x = test::random_sample(shape, random);
    Sample want{{shape[0], shape[1], 1, 1}, {}};
    const auto area = static_cast<size_t>(shape[2] * shape[3]);
    for (size_t i = 0; i < static_cast<size_t>(shape[0] * shape[1]); ++i) {
      double sum = 0;
      for (size_t k = 0; k < area; ++k) sum += x.values[i * area + k];
      want.values.push_back(static_cast<float>(sum / static_cast<double>(area)));
    }
    check_op("global_avg_pool", {x}, {}, {want});
  }
  expect_refused("global_avg_pool", {Sample{{1, 3, 0, 2}, {}}});
  expect_refused("global_avg_pool", {Sample{{1, 3}, {1, 2, 3}}});
}

TEST(Pool, RefusesHostileAttributes) {
  Random random(4);
  const Sample x = test::random_sample({1, 2, 4, 4}, random);
  for (const test::Attributes& attributes :
       std::vector<test::Attributes>{{},
                                     {{"kernel", {0, 1}}},
                                     {{"kernel", {2}}},
                                     {{"kernel", {1e9, 1e9}}},
                                     {{"kernel", {2, 2}}, {"stride", {0, 1}}},
                                     {{"kernel", {2, 2}}, {"padding", {-1, 0, 0, 0}}},
                                     {{"kernel", {2, 2}}, {"dilation", {0, 1}}},
                                     {{"kernel", {65536, 65536}}, {"dilation", {65536, 65536}}}})
    expect_refused("max_pool2d", {x}, attributes);
}

}  // namespace
}  // namespace paucal::edge
