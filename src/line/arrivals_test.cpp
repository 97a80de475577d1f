#include "line/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace paucal::line {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Clock::time_point kStart{};
Clock::time_point at(int ms) {
  return kStart + milliseconds(ms);
}

std::vector<std::string> paths(const std::vector<Arrival>& arrived) {
  std::vector<std::string> names;
  for (const Arrival& arrival : arrived) names.push_back(arrival.path);
  return names;
}

class ArrivalsTest : public testing::Test {
 protected:
  Arrivals arrivals_{milliseconds(2000)};
};

TEST_F(ArrivalsTest, AWrittenFileCountsOnceItRested) {
  arrivals_.saw("a", {10, 1}, false, at(0));
  arrivals_.saw("a", {20, 2}, false, at(1900));  // still written
  EXPECT_THAT(arrivals_.take(at(2000)), IsEmpty());
  EXPECT_THAT(arrivals_.due(at(3899)), IsEmpty());
  EXPECT_EQ(arrivals_.next_due(), at(3900));
  EXPECT_THAT(arrivals_.due(at(3900)), ElementsAre("a"));
  arrivals_.saw("a", {20, 2}, false, at(3900));  // looked at once more
  EXPECT_THAT(paths(arrivals_.take(at(3900))), ElementsAre("a"));
  EXPECT_EQ(arrivals_.next_due(), std::nullopt);
}

TEST_F(ArrivalsTest, ALastLookMayFindThatItStillGrows) {
  arrivals_.saw("a", {10, 1}, false, at(0));
  EXPECT_THAT(arrivals_.due(at(2000)), ElementsAre("a"));
  arrivals_.saw("a", {11, 1}, false, at(2000));
  EXPECT_THAT(arrivals_.take(at(2000)), IsEmpty());
  EXPECT_THAT(paths(arrivals_.take(at(4000))), ElementsAre("a"));
}

TEST_F(ArrivalsTest, ARenamedFileCountsAtOnce) {
  arrivals_.saw("a", {10, 1}, false, at(0));
  arrivals_.saw("a", {10, 1}, true, at(1));
  EXPECT_THAT(paths(arrivals_.take(at(1))), ElementsAre("a"));
}

TEST_F(ArrivalsTest, EachCountsOnceUntilItChanges) {
  arrivals_.saw("a", {10, 1}, true, at(0));
  EXPECT_EQ(arrivals_.take(at(0)).size(), 1u);
  arrivals_.saw("a", {10, 1}, true, at(1));
  EXPECT_THAT(arrivals_.take(at(1)), IsEmpty());
  arrivals_.saw("a", {10, 2}, true, at(2));  // a camera that begins its numbers anew
  EXPECT_EQ(arrivals_.take(at(2)).size(), 1u);
}

TEST_F(ArrivalsTest, WhatAnEarlierRunJudgedStaysJudged) {
  arrivals_.judged("a", Stamp{10, 1});
  arrivals_.judged("b", std::nullopt);
  arrivals_.saw("a", {10, 1}, true, at(0));
  arrivals_.saw("b", {77, 7}, true, at(0));
  EXPECT_THAT(arrivals_.take(at(0)), IsEmpty());
  arrivals_.saw("a", {10, 2}, true, at(0));
  EXPECT_THAT(paths(arrivals_.take(at(0))), ElementsAre("a"));
}

TEST_F(ArrivalsTest, ComeByTimeOfChangeThenName) {
  arrivals_.saw("c", {1, 5}, true, at(0));
  arrivals_.saw("b", {1, 9}, true, at(0));
  arrivals_.saw("a", {1, 9}, true, at(0));
  EXPECT_THAT(paths(arrivals_.take(at(0))), ElementsAre("c", "a", "b"));
}

TEST_F(ArrivalsTest, NoneOvertakesAnOlderOneOfItsStation) {
  arrivals_.saw("left/1", {1, 10}, false, at(0));
  arrivals_.saw("left/2", {1, 20}, true, at(10));
  arrivals_.saw("left/0", {1, 5}, true, at(10));
  arrivals_.saw("right/2", {1, 20}, true, at(10));
  EXPECT_THAT(paths(arrivals_.take(at(10))), ElementsAre("left/0", "right/2"));
  EXPECT_EQ(arrivals_.next_due(), at(2000));
  EXPECT_THAT(paths(arrivals_.take(at(2000))), ElementsAre("left/1", "left/2"));
}

TEST_F(ArrivalsTest, WhatWentAwayIsForgotten) {
  arrivals_.saw("a", {10, 1}, false, at(0));
  arrivals_.gone("a");
  EXPECT_THAT(arrivals_.take(at(5000)), IsEmpty());
  arrivals_.judged("b", std::nullopt);
  arrivals_.saw("c", {10, 1}, false, at(0));
  arrivals_.keep({"c"});
  EXPECT_FALSE(arrivals_.was_judged("b"));
  EXPECT_THAT(paths(arrivals_.take(at(5000))), ElementsAre("c"));
}

TEST(StationOf, IsTheFirstFolder) {
  EXPECT_EQ(station_of("a.jpg"), "");
  EXPECT_EQ(station_of("left/a.jpg"), "left");
  EXPECT_EQ(station_of("left/2026/a.jpg"), "left");
}

}  // namespace
}  // namespace paucal::line
