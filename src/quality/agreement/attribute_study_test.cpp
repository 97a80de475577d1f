#include "quality/agreement/attribute_study.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"

namespace paucal::quality {
namespace {

// 10 parts, the first four NG; each appraiser looks twice.
constexpr std::array<bool, 10> kNg = {true, true, true, true};

std::vector<StudyLook> looks_of(int appraiser, const std::vector<std::pair<int, int>>& wrong) {
  std::vector<StudyLook> looks;
  for (int round = 0; round < 2; ++round)
    for (int part = 0; part < 10; ++part) {
      const bool errs = std::ranges::find(wrong, std::pair{part, round}) != wrong.end();
      looks.push_back({part, appraiser, kNg[static_cast<size_t>(part)] != errs});
    }
  return looks;
}

TEST(AttributeStudy, ByHand) {
  auto looks = looks_of(7, {});
  for (const auto& look : looks_of(9, {{0, 1}, {5, 0}, {5, 1}})) looks.push_back(look);
  const AttributeStudy study = attribute_study(kNg, looks);
  ASSERT_EQ(study.appraisers.size(), 2u);
  const AppraiserResult& sure = study.appraisers[0];
  EXPECT_EQ(sure.appraiser, 7);
  EXPECT_EQ(sure.effectiveness.estimate, 1);
  EXPECT_EQ(sure.with_truth.value, 1);
  EXPECT_EQ(sure.grade, StudyGrade::kAcceptable);
  EXPECT_NEAR(sure.effectiveness.bounds.low, .6915, 1e-4);  // ten parts prove little

  const AppraiserResult& other = study.appraisers[1];
  EXPECT_NEAR(other.effectiveness.estimate, .8, 1e-12);  // parts 0 and 5
  EXPECT_NEAR(other.repeatability.estimate, .9, 1e-12);  // part 5 is wrong both times
  EXPECT_NEAR(other.miss.estimate, 1. / 8, 1e-12);
  EXPECT_NEAR(other.false_alarm.estimate, 2. / 12, 1e-12);
  // 17 of 20 right; by chance (.4 · .45 + .6 · .55).
  EXPECT_NEAR(other.with_truth.value, (.85 - .51) / (1 - .51), 1e-12);
  EXPECT_EQ(other.grade, StudyGrade::kUnacceptable);

  EXPECT_NEAR(study.agreement.estimate, .8, 1e-12);
  EXPECT_NEAR(study.effectiveness.estimate, .8, 1e-12);
  EXPECT_EQ(study.grade, StudyGrade::kUnacceptable);
  EXPECT_GT(study.between.value, .6);
  EXPECT_EQ(name_of(study.grade), "unacceptable");
}

TEST(AttributeStudy, WithoutNgPartsItIsAtMostMarginal) {
  const std::array<bool, 3> ok = {};
  const std::vector<StudyLook> looks = {{0, 1, false}, {0, 1, false}, {1, 1, false},
                                        {1, 1, false}, {2, 1, false}, {2, 1, false}};
  const AttributeStudy study = attribute_study(ok, looks);
  EXPECT_TRUE(std::isnan(study.appraisers[0].miss.estimate));
  EXPECT_EQ(study.grade, StudyGrade::kMarginal);
}

TEST(AttributeStudy, RefusesWhatCannotBe) {
  EXPECT_THROW(attribute_study(kNg, {}), Error);
  EXPECT_THROW(attribute_study(kNg, std::vector<StudyLook>{{10, 1, true}, {10, 1, true}}), Error);
  EXPECT_THROW(attribute_study(kNg, std::vector<StudyLook>{{0, 1, true}}), Error);
}

}  // namespace
}  // namespace paucal::quality
