#include "judge/acceptance.h"

#include <gtest/gtest.h>

#include <cmath>

namespace paucal::judge {
namespace {

// Of 20 right boxes in 20 at least 86.1 % are right: .05^(1/20).
TEST(Acceptance, TakesAsManyAsThePromiseAllows) {
  std::vector<JudgedBox> boxes;
  for (int i = 0; i < 20; ++i) boxes.push_back({.9 - .01 * i, true});
  for (int i = 0; i < 20; ++i) boxes.push_back({.5 - .01 * i, i % 2 == 0});
  const Acceptance found = choose_acceptance(boxes, .85);
  EXPECT_NEAR(found.evidence, .5, 1e-12) << "the 21st is right, too; the 22nd is not";
  EXPECT_EQ(found.judged, 21);
  EXPECT_EQ(found.right, 21);
  EXPECT_NEAR(found.at_least, std::pow(.05, 1. / 21), 1e-6);
  EXPECT_EQ(found.to_json().at("judged"), 21);
}

TEST(Acceptance, AFewBoxesPromiseLittle) {
  const std::vector<JudgedBox> boxes(10, {.9, true});
  const Acceptance none = choose_acceptance(boxes, .9);
  EXPECT_TRUE(std::isinf(none.evidence)) << "10 of 10 is at least 74 %, not 90 %";
  EXPECT_TRUE(none.to_json().at("evidence").is_null());
  EXPECT_EQ(choose_acceptance(boxes, .7).judged, 10);
  EXPECT_TRUE(std::isinf(choose_acceptance({}, 0).evidence));
}

TEST(Acceptance, EqualEvidenceStaysTogether) {
  std::vector<JudgedBox> boxes(30, {.9, true});
  for (int i = 0; i < 30; ++i) boxes.push_back({.9, false});
  EXPECT_TRUE(std::isinf(choose_acceptance(boxes, .8).evidence));
}

}  // namespace
}  // namespace paucal::judge
