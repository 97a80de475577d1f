#include "metrics/annotation/review_order.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace paucal::metrics {
namespace {

using Order = std::vector<size_t>;

const std::vector<ReviewCandidate> kCandidates = {
    {{.9, .5}, .9}, {{.95}, .99}, {{}, .5}, {{.1}, .6}};

TEST(ReviewOrder, LeastSureFirst) {
  EXPECT_EQ(review_order("least_sure", kCandidates, {}), (Order{2, 3, 0, 1}));
}

TEST(ReviewOrder, RandomIsEachImageOnceAndFollowsTheSeed) {
  const std::vector<ReviewCandidate> many(50);
  Order first = review_order("random", many, {.seed = 1});
  EXPECT_EQ(first, review_order("random", many, {.seed = 1}));
  EXPECT_NE(first, review_order("random", many, {.seed = 2}));
  std::ranges::sort(first);
  for (size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i], i);
}

TEST(ReviewOrder, OursLooksAtWhatIsSureLast) {
  const Order order = review_order("ours", kCandidates, {});
  EXPECT_EQ(order.size(), kCandidates.size());
  EXPECT_EQ(order.back(), 1u);
}

// Twenty doubtful boxes bring more than one, a second too, since the image is opened once. Where
// drawing takes long, what is missing can wait.
TEST(ReviewOrder, OursCountsSeconds) {
  const std::vector<ReviewCandidate> images = {{{.2}, 1}, {std::vector(20, .2), 1}};
  EXPECT_EQ(review_order("ours", images, {}).front(), 1u);
  const std::vector<ReviewCandidate> missing = {{{}, .5}, {{.5}, 1}};
  EXPECT_EQ(review_order("ours", missing, {.costs = {.draw = 1}}).front(), 0u);
  EXPECT_EQ(review_order("ours", missing, {.costs = {.draw = 100}}).front(), 1u);
}

TEST(ReviewOrder, GainAndSecondsAsWritten) {
  EXPECT_DOUBLE_EQ(expected_gain({{}, .7}, .3), 1) << "nothing is proposed: something is missing";
  EXPECT_DOUBLE_EQ(expected_gain({{1}, 1}, .3), 0) << "nothing will change";
  EXPECT_NEAR(expected_gain({{.8}, 1}, .3), .2 + .2, 1e-12);
  EXPECT_NEAR(expected_gain({{.8}, 1}, .9), .9 + .2, 1e-12) << "it does not teach yet";
  EXPECT_NEAR(expected_gain({{.8}, .5}, .3), .2 + .6, 1e-12) << "the model doubts the image";
  const ActionCosts costs{.open = 1, .accept = 2, .move_side = 10, .draw = 100};
  EXPECT_NEAR(expected_seconds({{1}, 1}, costs), 1 + 2, 1e-9);
  EXPECT_NEAR(expected_seconds({{}, 1}, costs), 1 + 100, 1e-9);
  EXPECT_NEAR(expected_seconds({{.8}, 1}, costs), 1 + 2 + .2 * 20 + .2 * 100, 1e-9);
}

TEST(ReviewOrder, NoImagesAndUnknownNames) {
  for (const std::string& name : review_order_names())
    EXPECT_TRUE(review_order(name, {}, {}).empty()) << name;
  EXPECT_THROW(review_order("surest", {}, {}), Error);
}

}  // namespace
}  // namespace paucal::metrics
