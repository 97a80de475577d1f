#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::Sample;

TEST(Softmax, AgreesWithTheDefinition) {
  Random random(1);
  for (const Shape& shape :
       {Shape{3, 10}, Shape{2, 3, 5, 4}, Shape{1}, Shape{0, 4}, Shape{4, 0}, Shape{2, 700}})
    for (int axis = -shape.rank(); axis < shape.rank(); ++axis) {
      const Sample x = test::random_sample(shape, random, -20, 20);
      Sample soft = x, log = x;
      const int d = axis < 0 ? axis + shape.rank() : axis;
      int64_t step = 1;
      for (int i = d + 1; i < shape.rank(); ++i) step *= shape[i];
      for (int64_t i = 0; i < shape.elements(); ++i) {
        const int64_t first = i / (step * shape[d]) * step * shape[d] + i % step;
        double sum = 0;
        for (int64_t k = 0; k < shape[d]; ++k)
          sum += std::exp(double{x.values[static_cast<size_t>(first + k * step)]} - 20);
        const double value = x.values[static_cast<size_t>(i)] - 20;
        soft.values[static_cast<size_t>(i)] = static_cast<float>(std::exp(value) / sum);
        log.values[static_cast<size_t>(i)] = static_cast<float>(value - std::log(sum));
      }
      check_op("softmax", {x}, {{"axis", {1. * axis}}}, {soft});
      check_op("log_softmax", {x}, {{"axis", {1. * axis}}}, {log});
    }
  const float nan = std::nanf(""), inf = INFINITY;
  check_op("softmax", {Sample{{2, 2}, {-inf, -inf, -inf, 3}}}, {},
           {Sample{{2, 2}, {nan, nan, 0, 1}}});
  test::expect_refused("softmax", {Sample{{2}, {1, 2}}}, {{"axis", {1}}});
  test::expect_refused("softmax", {Sample{{}, {1}}});
}

}  // namespace
}  // namespace paucal::edge
