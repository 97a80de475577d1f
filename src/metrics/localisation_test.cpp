#include "metrics/localisation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace paucal::metrics {
namespace {

using edge::Box;
using edge::ScoredBox;
using testing::HasSubstr;

Box moved(Box box, float x, float y) {
  return {box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y};
}

const Box kA{10, 10, 30, 30};
const Box kB{50, 50, 90, 60};

TEST(EdgeError, IsTheMeanOfFourEdges) {
  EXPECT_DOUBLE_EQ(edge_error(kA, {12, 10, 30, 26}), (2 + 0 + 0 + 4) / 4.0);
  EXPECT_DOUBLE_EQ(centre_error(kA, moved(kA, 3, 4)), 5);
  EXPECT_DOUBLE_EQ(centre_error(kA, {5, 5, 35, 35}), 0) << "the centre does not see the size";
}

TEST(MatchBoxes, NeedsOverlapOrACentreInside) {
  const Box far = moved(kA, 40, 0);
  EXPECT_TRUE(match_boxes({{kA}, {{far}}}).empty());
  // A pixel inside a large truth: IoU 1/400, but its centre lies within.
  EXPECT_EQ(match_boxes({{kA}, {{Box{15, 15, 16, 16}}}}).size(), 1u);
  // A box around everything whose centre is elsewhere: IoU 400/4900 < .1.
  EXPECT_TRUE(match_boxes({{kA}, {{Box{5, 5, 75, 75}}}}).empty());
  // The centre on the far edge is outside, as boxes are half-open.
  EXPECT_TRUE(match_boxes({{kA}, {{Box{29.5, 15, 30.5, 16}}}}).empty());
}

TEST(MatchBoxes, GivesUpNoPossiblePairForACheaperOne) {
  // Both truths can take the first prediction, only truth 0 can take the second. The best single
  // pair (truth 0 with prediction 0) would leave truth 1 alone.
  const Box t0{0, 0, 100, 10}, t1{0, 0, 100, 30};
  const ImageBoxes image{{t0, t1}, {{Box{0, 0, 100, 11}}, {Box{0, 0, 11, 9}}}};
  const auto matches = match_boxes(image);
  ASSERT_EQ(matches.size(), 2u);
  EXPECT_EQ(matches[0].truth, 0);
  EXPECT_EQ(matches[0].prediction, 1);
  EXPECT_EQ(matches[1].prediction, 0);
  EXPECT_DOUBLE_EQ(matches[1].edge_error, 19 / 4.0);
}

TEST(Localisation, MissesCountAsFailures) {
  const std::vector<ImageBoxes> images{
      {{kA, kB}, {{moved(kA, 2, 2), .9f}}},                        // one within 3 px, one missed
      {{kA}, {{moved(kA, 4, 0), .8f}, {moved(kA, 60, 60), .7f}}},  // edge error 2; one false box
      {{kB}, {{Box{50, 42, 90, 68}, .5f}}},  // edges 4 px off, the centre exact
  };
  const Localisation result = localisation(images);
  EXPECT_EQ(result.truths, 4);
  EXPECT_EQ(result.missed, 1);
  EXPECT_EQ(result.false_boxes, 1);
  EXPECT_DOUBLE_EQ(result.loc_at_3px, 2 / 4.0);
  EXPECT_DOUBLE_EQ(result.loc_at_3px_by_centre, 2 / 4.0) << "2.83 px and 0 px; 4 px is too far";
  EXPECT_THAT(result.edge_errors, testing::ElementsAre(2, 2, 4));
  EXPECT_DOUBLE_EQ(result.median_edge_error, 2);
  EXPECT_DOUBLE_EQ(result.p95_edge_error, 3.8);
  EXPECT_DOUBLE_EQ(result.mean_edge_error, 8 / 3.0);
}

TEST(Localisation, ThreePixelsAreNotWithinThreePixels) {
  const std::vector<ImageBoxes> images{{{kA}, {{moved(kA, 3, 3)}}}};
  EXPECT_DOUBLE_EQ(localisation(images).loc_at_3px, 0);
}

TEST(Localisation, BoxesOnOkImagesAreCountedApart) {
  const std::vector<ImageBoxes> images{{{}, {{kA}, {kB}}}, {{}, {}}, {{kA}, {{kA}}}};
  const Localisation result = localisation(images);
  EXPECT_EQ(result.ok_images, 2);
  EXPECT_EQ(result.false_boxes, 0);
  EXPECT_DOUBLE_EQ(result.false_boxes_per_ok_image, 1);
  EXPECT_DOUBLE_EQ(result.loc_at_3px, 1);
}

TEST(Localisation, NothingToMeasureIsNaN) {
  const Localisation none = localisation({});
  EXPECT_TRUE(std::isnan(none.loc_at_3px));
  EXPECT_TRUE(std::isnan(none.median_edge_error));
  EXPECT_EQ(none.truths, 0);

  const std::vector<ImageBoxes> all_missed{{{kA}, {}}};
  EXPECT_DOUBLE_EQ(localisation(all_missed).loc_at_3px, 0);
  EXPECT_TRUE(std::isnan(localisation(all_missed).median_edge_error));
}

TEST(Localisation, NamesTheImageOfABadBox) {
  const float nan = std::nanf("");
  const auto message = [](std::vector<ImageBoxes> images) {
    try {
      (void)localisation(images);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("no error");
  };
  EXPECT_THAT(message({{{kA}, {}}, {{Box{5, 5, 5, 9}}, {}}}), HasSubstr("image 1: truth"));
  EXPECT_THAT(message({{{kA}, {{Box{nan, 0, 1, 1}}}}}), HasSubstr("image 0: prediction"));
  EXPECT_THAT(message({{{kA}, {{kA, nan}}}}), HasSubstr("of score nan"));
  EXPECT_THAT(message({{{kA, kB}, {}, {1}}}), HasSubstr("1 truth labels"));
}

}  // namespace
}  // namespace paucal::metrics
