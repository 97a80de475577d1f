#include "train/schedule.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace paucal::train {
namespace {

ScheduleOptions named(const std::string& name) {
  ScheduleOptions options;
  options.name = name;
  return options;
}

TEST(Schedule, CosineFallsFromOneToZero) {
  const ScheduleOptions cosine = named("cosine");
  EXPECT_DOUBLE_EQ(lr_at(0, 100, cosine), 1);
  EXPECT_NEAR(lr_at(25, 100, cosine), 0.853553390593274, 1e-15);
  EXPECT_NEAR(lr_at(50, 100, cosine), 0.5, 1e-15);
  EXPECT_NEAR(lr_at(99, 100, cosine), 0.000246719817134, 1e-15);
  EXPECT_DOUBLE_EQ(lr_at(100, 100, cosine), 0);
  EXPECT_DOUBLE_EQ(lr_at(1'000, 100, cosine), 0);
}

TEST(Schedule, SevenSixteenthsEndsNearAFifth) {
  const ScheduleOptions fixmatch = named("cosine_7_16");
  EXPECT_DOUBLE_EQ(lr_at(0, int64_t{1} << 20, fixmatch), 1);
  EXPECT_NEAR(lr_at(int64_t{1} << 19, int64_t{1} << 20, fixmatch), 0.773010453362737, 1e-15);
  EXPECT_NEAR(lr_at(int64_t{1} << 20, int64_t{1} << 20, fixmatch), 0.195090322016128, 1e-15);
}

TEST(Schedule, LinearAndConstant) {
  EXPECT_DOUBLE_EQ(lr_at(3, 4, named("linear")), 0.25);
  EXPECT_DOUBLE_EQ(lr_at(3, 4, named("constant")), 1);
}

TEST(Schedule, WarmUpRisesThenTheFallBegins) {
  ScheduleOptions options = named("linear");
  options.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(lr_at(0, 8, options), 0.25);
  EXPECT_DOUBLE_EQ(lr_at(3, 8, options), 1);
  EXPECT_DOUBLE_EQ(lr_at(4, 8, options), 1);
  EXPECT_DOUBLE_EQ(lr_at(6, 8, options), 0.5);

  options.warmup_fraction = 0.75;  // 6 steps: the longer one
  EXPECT_DOUBLE_EQ(lr_at(2, 8, options), 0.5);
  EXPECT_DOUBLE_EQ(lr_at(7, 8, options), 0.5);

  options.warmup_steps = 1'000;  // longer than the run: it only rises
  EXPECT_DOUBLE_EQ(lr_at(7, 8, options), 1);
  EXPECT_DOUBLE_EQ(lr_at(8, 8, options), 0);
}

TEST(Schedule, RefusesWhatMakesNoSense) {
  EXPECT_THROW(lr_at(-1, 8, {}), Error);
  EXPECT_THROW(lr_at(0, 0, {}), Error);
  EXPECT_THROW(lr_at(0, 8, named("cosin")), Error);
}

}  // namespace
}  // namespace paucal::train
