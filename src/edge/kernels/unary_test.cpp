#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::Sample;

TEST(Relu, KeepsWhatIsPositive) {
  Random random(1);
  for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{7}, Shape{0, 3}, Shape{2, 0, 4, 4}}) {
    const Sample x = test::random_sample(shape, random);
    Sample want = x;
    for (float& value : want.values) value = value > 0 ? value : 0;
    check_op("relu", {x}, {}, {want}, 0);
  }
  test::expect_refused("relu", {Sample{{2}, {1, 2}, Type::kI32}});
}

}  // namespace
}  // namespace paucal::edge
