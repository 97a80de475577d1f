#include "loop/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json_text.h"
#include "loop/test_line.h"

namespace paucal::loop {
namespace {

using test::LineChange;
using test::SimulatedLine;

// Alarms of `parts` parts; each is dealt with at once.
std::vector<Raised> watch(SimulatedLine& line, const Baseline& baseline, const LineChange& change,
                          int parts, bool until_first = false) {
  Watcher watcher(baseline, /*scores=*/true);
  std::vector<Raised> all;
  for (int i = 0; i < parts && (all.empty() || !until_first); ++i) {
    std::vector<Raised> raised;
    watcher.add(line.next(change), raised);
    for (const Raised& one : raised) watcher.restart(one.rule);
    all.insert(all.end(), raised.begin(), raised.end());
  }
  return all;
}

TEST(Watch, WithoutDriftAlarmsStayInTheBudget) {
  constexpr int kSeeds = 40, kParts = 25'000;  // a million parts: 5 may come
  size_t alarms = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedLine line(seed);
    const Baseline baseline = line.baseline(seed % 2 ? 2000 : 8000);
    alarms += watch(line, baseline, {}, kParts).size();
  }
  EXPECT_LE(alarms, 10u);  // more than twice the budget comes once in 70
}

TEST(Watch, ChangesAreFoundWithinTheStatedNumberOfParts) {
  struct Row {
    const char* what;
    LineChange change;
    int parts;
    std::vector<std::string> rules;
  };
  for (const Row& row :
       {Row{"brightness + 8", {.brightness = 8}, 500, {"average", "distribution"}},
        Row{"brightness - 2", {.brightness = -2}, 2000, {"average", "distribution"}},
        Row{"a tenth less sharp", {.blur = .9}, 500, {"average", "distribution"}},
        Row{"three times as many NG", {.ng = .03}, 2000, {"ng_rise", "distribution", "average"}}}) {
    int64_t sum = 0;
    constexpr int kSeeds = 10;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      SimulatedLine line(100 + seed);
      const Baseline baseline = line.baseline(4000);
      const auto alarms = watch(line, baseline, row.change, 20'000, /*until_first=*/true);
      ASSERT_FALSE(alarms.empty()) << row.what << ", seed " << seed;
      EXPECT_THAT(row.rules, testing::Contains(std::string(kRules[alarms[0].rule]))) << row.what;
      EXPECT_GE(alarms[0].since, 1);
      EXPECT_LE(alarms[0].since, alarms[0].until);
      sum += alarms[0].until - 4000;
    }
    EXPECT_LE(sum / kSeeds, row.parts) << row.what;
  }
}

TEST(Watch, TellsWhatMovedAndSinceWhen) {
  SimulatedLine line(7);
  const Baseline baseline = line.baseline(4000);
  Watcher watcher(baseline, true);
  std::vector<Raised> raised;
  for (int i = 0; i < 1000; ++i) watcher.add(line.next(), raised);
  ASSERT_TRUE(raised.empty());
  for (int i = 0; i < 500; ++i) watcher.add(line.next({.brightness = 8}), raised);
  ASSERT_FALSE(raised.empty());
  EXPECT_THAT(raised[0].text, testing::HasSubstr("mean"));
  EXPECT_THAT(raised[0].text, testing::HasSubstr("rose from 120"));
  EXPECT_STREQ(kFeatures[static_cast<size_t>(raised[0].feature)], "mean");
  EXPECT_NEAR(static_cast<double>(raised[0].since), 5001, 400);
}

TEST(Watch, AnotherModelIsWatchedByItsPicturesAlone) {
  SimulatedLine line(8);
  const Baseline baseline = line.baseline(4000);
  Watcher watcher(baseline, /*scores=*/false);
  std::vector<Raised> raised;
  for (int i = 0; i < 3000; ++i) watcher.add(line.next({.ng = .3}), raised);
  EXPECT_TRUE(raised.empty());
  for (int i = 0; i < 500; ++i) watcher.add(line.next({.brightness = 8, .ng = .3}), raised);
  EXPECT_FALSE(raised.empty());
}

TEST(Watch, AFrozenCameraAndABlankPictureAreToldAtOnce) {
  SimulatedLine line(9);
  const Baseline baseline = line.baseline(2000);
  Watcher watcher(baseline, true);
  std::vector<Raised> raised;
  Observation part = line.next();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(raised.empty());
    watcher.add(part, raised);
  }
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_STREQ(kRules[raised[0].rule], "frozen");
  EXPECT_EQ(raised[0].since, part.id);
  Observation black = line.next();
  black.features[3] = 0;
  watcher.add(black, raised);
  ASSERT_EQ(raised.size(), 2u);
  EXPECT_STREQ(kRules[raised[1].rule], "blank");
  watcher.add(black, raised);
  EXPECT_EQ(raised.size(), 2u) << "one alarm at a time";
}

TEST(Watch, MissingFeaturesAreNotWatched) {
  SimulatedLine line(10);
  std::vector<Observation> good;
  for (int i = 0; i < 2000; ++i) {
    good.push_back(line.next());
    good.back().features[2] = NAN;
    good.back().features[3] = 7;  // always the same
  }
  const Baseline baseline = make_baseline(good, {});
  EXPECT_TRUE(baseline.features[0].watched);
  EXPECT_TRUE(baseline.features[1].tied);
  EXPECT_FALSE(baseline.features[2].watched);
  EXPECT_FALSE(baseline.features[3].watched);
}

TEST(Baseline, ComesBackFromJson) {
  SimulatedLine line(11);
  const Baseline baseline = line.baseline(3000);
  const std::string text = dump_json(to_json(baseline));
  EXPECT_EQ(dump_json(to_json(baseline_from_json(*parse_json(text, "baseline")))), text);
  EXPECT_THROW(baseline_from_json(Json::object()), Error);
}

TEST(Baseline, NeedsEnoughParts) {
  SimulatedLine line(12);
  EXPECT_THROW(line.baseline(1999), Error);
  EXPECT_NO_THROW(line.baseline(200, {.least_parts = 200}));
}

TEST(Baseline, CountsNeighboursThatAreAlikeFewerTimes) {
  Random random(1);
  std::vector<Observation> good;
  double lamp = 0;
  for (int i = 0; i < 4000; ++i) {
    lamp = .9 * lamp + random.normal();
    good.push_back(
        {.id = i + 1,
         .number = i + 1,
         .features = {random.normal(), random.normal(), lamp, random.normal(), random.normal()}});
  }
  EXPECT_GT(make_baseline(good, {}).thin, 4);
}

}  // namespace
}  // namespace paucal::loop
