#include "loop/challenge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"

namespace paucal::loop {
namespace {

JudgedItem judged_item(bool ng, bool champion_right, bool challenger_right) {
  JudgedItem item{.ng = ng};
  item.champion.ng = ng == champion_right;
  item.challenger.ng = ng == challenger_right;
  item.champion.probability = item.champion.ng ? .9 : .1;
  item.challenger.probability = item.challenger.ng ? .9 : .1;
  return item;
}

std::vector<JudgedItem> counts(int both_right, int only_champion, int only_challenger) {
  std::vector<JudgedItem> items;
  for (int i = 0; i < both_right; ++i) items.push_back(judged_item(i % 4 == 0, true, true));
  for (int i = 0; i < only_champion; ++i) items.push_back(judged_item(false, true, false));
  for (int i = 0; i < only_challenger; ++i) items.push_back(judged_item(true, false, true));
  return items;
}

// Both models err, the second's errors partly those of the first.
std::vector<JudgedItem> simulated(Random& random, int items, double champion, double challenger) {
  std::vector<JudgedItem> all;
  const double both = .5 * std::min(champion, challenger);
  for (int i = 0; i < items; ++i) {
    const double draw = random.uniform();
    const bool first = draw < champion,
               second = draw < both || (draw >= champion && draw < champion + challenger - both);
    all.push_back(judged_item(random.chance(.3), !first, !second));
  }
  return all;
}

TEST(Challenge, PromotesWhatIsClearlyBetter) {
  const Comparison c = compare(counts(300, 2, 20), 1);
  EXPECT_TRUE(c.promote) << c.why;
  EXPECT_EQ(c.items, 322);
  EXPECT_EQ(c.champion.escapes, 20);
  EXPECT_EQ(c.challenger.overkills, 2);
  EXPECT_LT(c.mcnemar.p_value, .01);
  EXPECT_GT(c.challenger.auroc, c.champion.auroc);
}

TEST(Challenge, KeepsWhereTooFewWereJudgedAndSaysHowMany) {
  const Comparison c = compare(counts(40, 0, 0), 1);
  EXPECT_FALSE(c.promote);
  EXPECT_THAT(c.why, testing::HasSubstr("judged items"));
  EXPECT_TRUE(compare(counts(40, 0, 0), 1, {.margin = .2}).promote);
}

TEST(Challenge, KeepsWhatLetsMorePass) {
  auto items = counts(2000, 0, 0);
  items.push_back(judged_item(true, true, false));
  for (int i = 0; i < 3; ++i) items.push_back(judged_item(false, false, true));
  const Comparison c = compare(items, 1);
  EXPECT_FALSE(c.promote);
  EXPECT_THAT(c.why, testing::HasSubstr("pass"));
}

TEST(Challenge, ImagesOfAPartAreOneItem) {
  auto items = counts(10, 0, 0);
  for (int i = 0; i < 3; ++i) {
    items.push_back(judged_item(i == 1, true, i != 1));
    items.back().part = "17";
  }
  const auto parts = by_part(items);
  ASSERT_EQ(parts.size(), 11u);
  EXPECT_TRUE(parts.back().ng);
  EXPECT_TRUE(parts.back().champion.ng);
  EXPECT_FALSE(parts.back().challenger.ng);
}

TEST(Challenge, WeighsBackToTheLine) {
  auto items = counts(10, 0, 1);
  for (JudgedItem& item : items) item.pi = item.ng ? 1 : .1;
  const Comparison c = compare(items, 1);
  // 7 OK items stand for 70 parts, 4 NG ones for themselves.
  EXPECT_NEAR(c.champion.weighted_wrong, 1 / 74., 1e-12);
}

TEST(Challenge, AWorseOneIsHardlyEverPromoted) {
  struct Row {
    int items;
    double champion, challenger, margin;
  };
  for (const Row& row : {Row{60, .10, .16, .01}, Row{400, .05, .08, .01}, Row{2000, .03, .045, .01},
                         Row{400, .05, .16, .1}}) {
    Random random(81, 0, static_cast<uint64_t>(row.items));
    int promoted = 0;
    constexpr int kSeeds = 400;
    for (int seed = 0; seed < kSeeds; ++seed)
      promoted += compare(simulated(random, row.items, row.champion, row.challenger), 1,
                          {.margin = row.margin})
                      .promote;
    EXPECT_LE(promoted, kSeeds / 20) << row.items << " items";
  }
}

TEST(Challenge, NorByTryingAgain) {
  Random random(82);
  int promoted = 0;
  constexpr int kSeeds = 200;
  for (int seed = 0; seed < kSeeds; ++seed) {
    bool once = false;
    for (int attempt = 1; attempt <= 8; ++attempt)
      once = once || compare(simulated(random, 400, .05, .08), attempt).promote;
    promoted += once;
  }
  EXPECT_LE(promoted, kSeeds / 20);
}

TEST(Challenge, ABetterOneIsPromotedMostly) {
  Random random(83);
  int promoted = 0;
  constexpr int kSeeds = 100;
  for (int seed = 0; seed < kSeeds; ++seed)
    promoted += compare(simulated(random, 600, .10, .04), 1).promote;
  EXPECT_GE(promoted, 90);
}

TEST(Challenge, NeedsItems) {
  EXPECT_THROW(compare({}, 1), Error);
  EXPECT_THROW(compare(counts(3, 0, 0), 0), Error);
}

}  // namespace
}  // namespace paucal::loop
