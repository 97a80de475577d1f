#include "judge/decide_by_ok.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judge/calibrate.h"
#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DecideByOk, TheProbabilityIsAHalfAtTheThreshold) {
  TestScene scene("by_ok");
  for (int i = 0; i < 40; ++i) scene.add(data::Split::kTrain, 1, .1 + .001 * i);
  const HeldOut held{scene.dataset, scene.cache(), scene.dataset.indices(data::Split::kTrain),
                     scene.raw};
  decide_by_ok(scene.card, held, .1);
  const edge::Calibration& c = scene.card.calibration;
  EXPECT_NEAR(c.ng(.1 + .001 * 36), .5, 1e-9) << "the 37th of 40";
  EXPECT_NEAR(c.ng(.1195), .01, 1e-3) << "the median";
  EXPECT_EQ(c.threshold, .5);
  ASSERT_TRUE(c.promise);
  EXPECT_NEAR(c.promise->false_alarms, 4. / 41, 1e-12);
}

TEST(DecideByOk, EqualScoresDecideAllTheSame) {
  TestScene scene("by_equal");
  for (int i = 0; i < 5; ++i) scene.add(data::Split::kTrain, 1, .2);
  const HeldOut held{scene.dataset, scene.cache(), scene.dataset.indices(data::Split::kTrain),
                     scene.raw};
  decide_by_ok(scene.card, held, .1);
  EXPECT_LT(scene.card.calibration.ng(.2), .5);
  EXPECT_GT(scene.card.calibration.ng(.3), .99);
}

TEST(DecideByOk, SaysWhatSoManyImagesCanPromise) {
  const std::string few = promise_sentence({40, .01, 1. / 41, .0722});
  EXPECT_THAT(few, HasSubstr("With 40 OK images false alarms can be held to 2.4 %, not to 1 %"));
  EXPECT_THAT(few, HasSubstr("takes 99"));
  EXPECT_THAT(few, HasSubstr("below 7.2 %"));
  EXPECT_THAT(promise_sentence({99, .01, .01, .03}), Not(HasSubstr("not to")));
}

// No NG image anywhere: thresholds, heat and boxes come from OK images and pasted defects.
TEST(DecideByOk, ACalibrationWithoutNgImages) {
  TestScene scene("ok_alone");
  for (int i = 0; i < 30; ++i) scene.add(data::Split::kTrain, 1, -2 + .01 * i);
  CalibrateSettings settings;
  settings.ok_alone = .05;
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), {scene.source(), scene.look()},
            settings);
  const edge::Calibration& c = scene.card.calibration;
  EXPECT_TRUE(c.promise);
  EXPECT_EQ(c.warning, "") << "training images count as held-out ones";
  EXPECT_GT(c.heat_high, c.heat_low);
}

}  // namespace
}  // namespace paucal::judge
