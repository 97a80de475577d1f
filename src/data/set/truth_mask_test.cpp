#include "data/set/truth_mask.h"

#include <gtest/gtest.h>

namespace paucal::data {
namespace {

TEST(TruthMask, FillsPolygonsInHalfOpenPixels) {
  ImageTruth truth;
  truth.known = true;
  truth.objects.push_back({{2, 1, 5, 4}, "dent", {{{2, 1}, {5, 1}, {5, 4}, {2, 4}}}});
  const auto mask = truth_mask({}, truth, 8, 6, 1000);
  ASSERT_TRUE(mask);
  for (int y = 1; y < 4; ++y)
    for (int x = 2; x < 5; ++x) EXPECT_EQ(mask->at(x, y), 255);
  EXPECT_EQ(mask->at(1, 2), 0);
  EXPECT_EQ(std::ranges::count(mask->pixels, 255), 9) << "and no pixel more";
  EXPECT_EQ(mask->at(0, 5), 0);
}

TEST(TruthMask, SaysWhenPixelsAreUnknown) {
  ImageTruth truth;
  EXPECT_FALSE(truth_mask({}, truth, 4, 4, 100)) << "nobody looked";
  truth.known = true;
  const auto none = truth_mask({}, truth, 4, 4, 100);
  ASSERT_TRUE(none) << "known to have no defect";
  EXPECT_EQ(std::ranges::count(none->pixels, 0), 16);
  truth.objects.push_back({{0, 0, 2, 2}, "dent", {}});
  EXPECT_FALSE(truth_mask({}, truth, 4, 4, 100)) << "a box is no mask";
}

TEST(TruthMask, ThinOutlinesAreNotLost) {
  ImageTruth truth;
  truth.known = true;
  truth.objects.push_back({{1, 1, 5, 2}, "scratch", {{{1, 1.1f}, {5, 1.1f}, {5, 1.2f}}}});
  const auto mask = truth_mask({}, truth, 8, 6, 1000);
  ASSERT_TRUE(mask);
  EXPECT_EQ(std::ranges::count(mask->pixels, 255), 2);
  EXPECT_EQ(mask->at(5, 1), 255);
}

}  // namespace
}  // namespace paucal::data
