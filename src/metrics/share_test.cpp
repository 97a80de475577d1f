#include "metrics/share.h"

#include <gtest/gtest.h>

#include <cmath>

namespace paucal::metrics {
namespace {

TEST(Share, TwoQuantiles) {
  const double ascending[] = {1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(quantile(ascending, .5), 2.5) << "between two neighbours";
  EXPECT_DOUBLE_EQ(lower_quantile({4, 1, 3, 2}, .5), 2) << "the lower of them";
  EXPECT_DOUBLE_EQ(lower_quantile({4, 1, 3, 2}, 1), 4);
  EXPECT_TRUE(std::isnan(quantile({}, .5)));
  EXPECT_TRUE(std::isnan(lower_quantile({}, .5)));
}

}  // namespace
}  // namespace paucal::metrics
