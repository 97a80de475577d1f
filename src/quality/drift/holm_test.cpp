#include "quality/drift/holm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"

namespace paucal::quality {
namespace {

TEST(Holm, ByHand) {
  const std::vector<double> p = {.01, .04, .03, .005};
  const auto adjusted = holm(p);
  EXPECT_NEAR(adjusted[3], .02, 1e-15);
  EXPECT_NEAR(adjusted[0], .03, 1e-15);
  EXPECT_NEAR(adjusted[2], .06, 1e-15);
  EXPECT_NEAR(adjusted[1], .06, 1e-15);  // not below the one before
  EXPECT_TRUE(holm({}).empty());
  EXPECT_EQ(holm(std::vector<double>{.9, .8})[0], 1);
  EXPECT_THROW(holm(std::vector<double>{NAN}), Error);
}

}  // namespace
}  // namespace paucal::quality
