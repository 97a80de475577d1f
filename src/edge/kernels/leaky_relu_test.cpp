#include <gtest/gtest.h>

#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

TEST(LeakyRelu, ScalesWhatIsBelowZero) {
  Random random(4);
  for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{7}, Shape{0, 3}, Shape{1, 20, 29, 29}}) {
    const test::Sample x = test::random_sample(shape, random);
    test::Sample want = x;
    for (float& value : want.values) value = value > 0 ? value : .1f * value;
    test::check_op("leaky_relu", {x}, {{"slope", {.1}}}, {want}, 1e-7);
  }
  test::expect_refused("leaky_relu", {test::Sample{{1}, {1}}});
  test::expect_refused("leaky_relu", {test::Sample{{1}, {1}, Type::kI32}}, {{"slope", {.1}}});
}

}  // namespace
}  // namespace paucal::edge
