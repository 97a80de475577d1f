#include "metrics/annotation/simulated_reviewer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace paucal::metrics {
namespace {

using edge::Box;

constexpr Box kDefect{10, 20, 50, 80};
constexpr double kTolerance = 3;

ReviewedImage reviewed(const std::vector<Box>& proposals, const std::vector<Box>& truths,
                       const ActionCosts& costs = {}) {
  return review_image(proposals, truths, costs, kTolerance);
}

TEST(SimulatedReviewer, AcceptsABoxThatIsNearEnough) {
  const Box near{12, 17, 53, 81};
  const auto [boxes, actions] = reviewed({near}, {kDefect});
  EXPECT_EQ(boxes, std::vector{near}) << "it stays as it was proposed";
  EXPECT_EQ(actions, (Actions{.open = 1, .accept = 1}));
}

TEST(SimulatedReviewer, MovesTheSidesThatAreWrong) {
  const auto [boxes, actions] = reviewed({{12, 10, 50, 90}}, {kDefect});
  EXPECT_EQ(boxes, (std::vector<Box>{{12, 20, 50, 80}}));
  EXPECT_EQ(actions, (Actions{.open = 1, .accept = 1, .move_side = 2}));
}

TEST(SimulatedReviewer, DrawsAnewWhatIsQuickerDrawn) {
  const Box wrong{20, 30, 40, 60};
  EXPECT_EQ(reviewed({wrong}, {kDefect}).actions.move_side, 4);
  const auto [boxes, actions] = reviewed({wrong}, {kDefect}, {.move_side = 5});
  EXPECT_EQ(boxes, std::vector{kDefect});
  EXPECT_EQ(actions, (Actions{.open = 1, .reject = 1, .draw = 1}));
}

TEST(SimulatedReviewer, RejectsWhatIsNothingAndDrawsWhatIsMissing) {
  const Box second{100, 100, 120, 120};
  const auto [boxes, actions] = reviewed({{200, 200, 220, 220}, kDefect}, {second, kDefect});
  EXPECT_EQ(boxes, (std::vector{second, kDefect})) << "in the order of the truths";
  EXPECT_EQ(actions, (Actions{.open = 1, .accept = 1, .reject = 1, .draw = 1}));
}

TEST(SimulatedReviewer, TwoBoxesOnOneDefectAreOneTooMany) {
  const auto [boxes, actions] = reviewed({{14, 24, 46, 76}, kDefect}, {kDefect});
  EXPECT_EQ(boxes, std::vector{kDefect});
  EXPECT_EQ(actions, (Actions{.open = 1, .accept = 1, .reject = 1}));
}

TEST(SimulatedReviewer, SaysThatThereIsNothing) {
  EXPECT_EQ(reviewed({}, {}).actions, (Actions{.open = 1, .nothing = 1}));
  EXPECT_EQ(reviewed({kDefect}, {}).actions, (Actions{.open = 1, .reject = 1, .nothing = 1}));
  EXPECT_TRUE(reviewed({kDefect}, {}).boxes.empty());
}

// 3 pixels are much of a box of 4.
TEST(SimulatedReviewer, SmallBoxesMustBeNearer) {
  const auto [boxes, actions] = reviewed({{12, 10, 16, 14}}, {{10, 10, 14, 14}});
  EXPECT_EQ(boxes, (std::vector<Box>{{10, 10, 14, 14}}));
  EXPECT_EQ(actions.move_side, 2);
}

TEST(SimulatedReviewer, WithoutProposalsItIsDrawing) {
  EXPECT_EQ(reviewed({}, {kDefect, {100, 100, 120, 120}}).actions, draw_image(2));
  EXPECT_EQ(reviewed({}, {}).actions, draw_image(0));
}

TEST(SimulatedReviewer, RefusesTruthsWithoutAreaAndBoxesWithoutPlace) {
  EXPECT_THROW(reviewed({}, {{5, 5, 5, 9}}), Error);
  EXPECT_THROW(reviewed({{NAN, 0, 1, 1}}, {kDefect}), Error);
}

}  // namespace
}  // namespace paucal::metrics
