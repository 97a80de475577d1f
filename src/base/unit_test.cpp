#include "base/unit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace paucal {
namespace {

TEST(FormatNumber, ReadsWell) {
  EXPECT_EQ(format_number(.0523, Unit::kPercent), "5.2\u202F%");
  EXPECT_EQ(format_number(.96449, Unit::kScore), "0.964");
  EXPECT_EQ(format_number(1234567, Unit::kCount), "1,234,567");
  EXPECT_EQ(format_number(-1234, Unit::kCount), "−1,234");
  EXPECT_EQ(format_number(2.44, Unit::kPixels), "2.4\u202Fpx");
  EXPECT_EQ(format_number(200, Unit::kSeconds), "3\u202Fmin 20\u202Fs");
  EXPECT_EQ(format_number(3840, Unit::kSeconds), "1\u202Fh 4\u202Fmin");
  EXPECT_EQ(format_number(.1414, Unit::kPlain), "0.141");
  EXPECT_EQ(format_number(std::nan(""), Unit::kPercent), "–");
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity(), Unit::kSeconds), "∞");
}

}  // namespace
}  // namespace paucal
