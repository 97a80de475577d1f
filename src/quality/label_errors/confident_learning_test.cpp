#include "quality/label_errors/confident_learning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

TEST(ConfidentLearning, AJointOfThreeClassesByHand) {
  const std::vector<int> labels = {0, 0, 0, 0, 1, 1, 1, 2, 2};
  const std::vector<float> p = {
      .9f, .1f, 0,    // 0
      .7f, .2f, .1f,  //
      .8f, .1f, .1f,  //
      .1f, .8f, .1f,  // labelled 0, looks like 1
      .2f, .7f, .1f,  // 1
      .1f, .8f, .1f,  //
      .3f, .4f, .3f,  // below every threshold
      .1f, .1f, .8f,  // 2
      .7f, .1f, .2f,  // labelled 2, looks like 0
  };
  const ConfidentJoint joint = confident_joint({labels, p, 3});
  EXPECT_NEAR(joint.thresholds[0], .625, 1e-6);  // (.9 + .7 + .8 + .1)/4
  EXPECT_NEAR(joint.thresholds[1], 1.9 / 3, 1e-6);
  EXPECT_NEAR(joint.thresholds[2], .5, 1e-6);
  EXPECT_EQ(joint.counted_as, (std::vector<int>{0, 0, 0, 1, 1, 1, -1, 2, 0}));
  // Rows by hand: (3, 1, 0) of 4; (0, 2, 0) stretched to 3; (1, 0, 1) of 2.
  const std::vector<double> expected = {3, 1, 0, 0, 3, 0, 1, 0, 1};
  for (size_t i = 0; i < 9; ++i) EXPECT_NEAR(joint.counts[i], expected[i], 1e-12) << i;
  EXPECT_NEAR(joint.noise, 2. / 9, 1e-12);

  const auto suspects = label_suspects({labels, p, 3});
  ASSERT_EQ(suspects.size(), 2u);
  EXPECT_EQ(suspects[0].item, 3);  // margin (.1 - .8 + 1)/2 = .15
  EXPECT_EQ(suspects[0].suggested, 1);
  EXPECT_NEAR(suspects[0].score, .15, 1e-6);
  EXPECT_EQ(suspects[1].item, 8);
  EXPECT_EQ(suspects[1].label, 2);
  EXPECT_NEAR(suspects[1].score, .25, 1e-6);
}

TEST(ConfidentLearning, ScoresByHand) {
  const std::vector<int> labels = {0, 0};
  const std::vector<float> p = {.5f, .5f, 1, 0};
  const auto scores = label_scores({labels, p, 2});
  EXPECT_DOUBLE_EQ(scores[0].self_confidence, .5);
  EXPECT_DOUBLE_EQ(scores[0].normalized_margin, .5);
  EXPECT_NEAR(scores[0].weighted_entropy, std::log(3) / 2, 1e-9);  // x = 1 / .5
  EXPECT_DOUBLE_EQ(scores[1].normalized_margin, 1);
  EXPECT_DOUBLE_EQ(scores[1].weighted_entropy, 1);
}

// One label of twenty turned round, a model that is right in most cases.
TEST(ConfidentLearning, FindsTurnedLabels) {
  Random random(91);
  std::vector<int> labels;
  std::vector<float> p;
  std::vector<bool> turned;
  for (int i = 0; i < 1000; ++i) {
    const int is = random.chance(.3);
    turned.push_back(random.chance(.05));
    labels.push_back(turned.back() ? 1 - is : is);
    const double logit = (is ? 1 : -1) * 2.5 + 1.2 * random.normal();
    const auto ng = static_cast<float>(1 / (1 + std::exp(-logit)));
    p.insert(p.end(), {1 - ng, ng});
  }
  const auto suspects = label_suspects({labels, p, 2});
  int found = 0, first = 0;
  for (size_t i = 0; i < suspects.size(); ++i) {
    found += turned[static_cast<size_t>(suspects[i].item)];
    first += i < 20 && turned[static_cast<size_t>(suspects[i].item)];
  }
  const auto all = std::ranges::count(turned, true);
  EXPECT_GE(first, 18);
  EXPECT_GE(found, .6 * static_cast<double>(all));
  EXPECT_NEAR(confident_joint({labels, p, 2}).noise, .05, .02);
}

TEST(ConfidentLearning, EdgesAndRefusals) {
  EXPECT_TRUE(label_suspects({{}, {}, 2}).empty());
  const std::vector<int> label = {0}, outside = {2};
  const std::vector<float> p = {.3f, .7f}, bad = {NAN, .5f};
  // Class 1 has no items and so no threshold that .7 could reach.
  EXPECT_EQ(confident_joint({label, p, 2}).counted_as[0], 0);
  EXPECT_THROW(confident_joint({label, p, 3}), Error);
  EXPECT_THROW(confident_joint({outside, p, 2}), Error);
  EXPECT_THROW(confident_joint({label, bad, 2}), Error);
  EXPECT_THROW(label_scores({label, p, 1}), Error);
}

}  // namespace
}  // namespace paucal::quality
