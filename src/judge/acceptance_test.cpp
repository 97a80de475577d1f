#include "judge/acceptance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace paucal::judge {
namespace {

// Of 21 right boxes in 21 at least 86.7 % are right: .05^(1/21).
TEST(Acceptance, TakesAsManyAsThePromiseAllows) {
  std::vector<JudgedBox> boxes;
  for (int i = 0; i < 20; ++i) boxes.push_back({.9 - .01 * i, true, i});
  for (int i = 0; i < 20; ++i) boxes.push_back({.5 - .01 * i, i % 2 == 0, 20 + i});
  const Acceptance found = choose_acceptance(boxes, .85);
  EXPECT_NEAR(found.evidence, .5, 1e-12) << "the 21st is right, too; the 22nd is not";
  EXPECT_EQ(found.judged, 21);
  EXPECT_EQ(found.right, 21);
  EXPECT_EQ(found.images, 21);
  EXPECT_NEAR(found.at_least, std::pow(.05, 1. / 21), 1e-6);
  EXPECT_EQ(found.to_json().at("judged"), 21);
}

TEST(Acceptance, AFewBoxesPromiseLittle) {
  std::vector<JudgedBox> boxes;
  for (int i = 0; i < 10; ++i) boxes.push_back({.9, true, i});
  const Acceptance none = choose_acceptance(boxes, .9);
  EXPECT_TRUE(std::isinf(none.evidence)) << "10 of 10 is at least 74 %, not 90 %";
  EXPECT_TRUE(none.to_json().at("evidence").is_null());
  EXPECT_EQ(choose_acceptance(boxes, .7).judged, 10);
  EXPECT_TRUE(std::isinf(choose_acceptance({}, 0).evidence));
}

TEST(Acceptance, EqualEvidenceStaysTogether) {
  std::vector<JudgedBox> boxes;
  for (int i = 0; i < 60; ++i) boxes.push_back({.9, i < 30, i});
  EXPECT_TRUE(std::isinf(choose_acceptance(boxes, .8).evidence));
}

TEST(Acceptance, BoxesOfOneImageCountOnce) {
  std::vector<JudgedBox> boxes;
  for (int i = 0; i < 100; ++i) boxes.push_back({.9, true, i % 5});
  EXPECT_TRUE(std::isinf(choose_acceptance(boxes, .9).evidence))
      << "five images, however many boxes";
}

// How often .9 is promised where the truth is .899, `per_image` boxes sharing one fate.
double promised(int boxes, int per_image) {
  constexpr int kRuns = 2000;
  int promises = 0;
  for (int run = 0; run < kRuns; ++run) {
    Random random(7, static_cast<uint64_t>(run));
    std::vector<JudgedBox> judged;
    bool right = false;
    for (int i = 0; i < boxes; ++i) {
      if (i % per_image == 0) right = random.uniform() < .899;
      judged.push_back({random.uniform(), right, i / per_image});
    }
    promises += std::isfinite(choose_acceptance(judged, .9).evidence);
  }
  return static_cast<double>(promises) / kRuns;
}

TEST(Acceptance, TenLooksBreakThePromiseNoOftenerThanOne) {
  const double noise = 3 * std::sqrt(.05 * .95 / 2000);
  EXPECT_LE(promised(200, 1), .05 + noise);
  EXPECT_LE(promised(200, 4), .05 + noise) << "boxes of one image are not independent";
}

}  // namespace
}  // namespace paucal::judge
