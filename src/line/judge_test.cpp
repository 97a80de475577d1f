#include "line/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command/test_program.h"
#include "edge/api/test_model.h"
#include "edge/pre/encode.h"
#include "line/inspector.h"
#include "line/load_recipes.h"
#include "line/test_process.h"

namespace paucal::line {
namespace {

using testing::HasSubstr;

class JudgeTest : public testing::Test {
 protected:
  JudgeTest() { write_file_atomic(model_, edge::write_model(edge::bright_spot_model())); }
  LoadedRecipe load(Recipe recipe) {
    return value_or_throw(load_recipes({{3, std::move(recipe)}}, 1)).at(3);
  }
  const command::TestFolder folder_;
  const std::filesystem::path model_ = folder_ / "spots/7.paucal";
};

TEST_F(JudgeTest, NamesModelAndVersion) {
  EXPECT_EQ(load({model_, {}, {}}).name, "spots");
  EXPECT_EQ(load({model_, {}, {}}).version, 7);
  EXPECT_EQ(model_name("a/screws.paucal"), std::pair(std::string("screws"), 1));
  EXPECT_EQ(model_name("7.paucal"), std::pair(std::string("7"), 1));
}

TEST_F(JudgeTest, BoxesOfARegionStandInOriginalPixels) {
  const edge::Image image = edge::bright_spot_image();
  const Judgement whole = judge_image(load({model_, {}, {}}), image);
  const Judgement part = judge_image(load({model_, {{5, 3, 30, 20}}, {}}), image);
  EXPECT_TRUE(whole.ng);
  EXPECT_TRUE(part.ng);
  ASSERT_EQ(whole.boxes.size(), 1u);
  ASSERT_EQ(part.boxes.size(), 1u);
  for (const char* side : {"x0", "y0", "x1", "y1"})
    EXPECT_EQ(part.boxes[0][side], whole.boxes[0][side]) << side;
  // The spot lies outside.
  EXPECT_FALSE(judge_image(load({model_, {{0, 12, 32, 24}}, {}}), image).ng);
}

TEST_F(JudgeTest, ARegionBeyondTheImageIsAnError) {
  const Judgement judgement =
      judge_image(load({model_, {{0, 0, 33, 24}}, {}}), edge::bright_spot_image());
  EXPECT_TRUE(judgement.ng);
  EXPECT_EQ(judgement.error, "roi [0, 0, 33, 24] of an image of 32 × 24: expected it inside");
}

TEST(Crop, KeepsEverySampleOfItsPart) {
  edge::Image image(5, 4, 3);
  image.deep.resize(image.pixels.size());
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<uint8_t>(i);
    image.deep[i] = static_cast<uint16_t>(1000 + i);
  }
  const auto part = crop(image, {1, 2, 4, 4});
  ASSERT_TRUE(part.ok());
  ASSERT_EQ(part->pixels.size(), 3u * 2 * 3);
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 3; ++x)
      for (int c = 0; c < 3; ++c) EXPECT_EQ(part->at(x, y, c), image.at(x + 1, y + 2, c));
  EXPECT_EQ(part->deep.front(), 1000 + (2 * 5 + 1) * 3);
  EXPECT_EQ(part->deep.back(), 1000 + (3 * 5 + 3) * 3 + 2);
  EXPECT_TRUE(crop(image, {0, 0, 5, 4}).ok());
  EXPECT_FALSE(crop(image, {0, 0, 5, 5}).ok());
}

TEST_F(JudgeTest, TheThresholdIsTheRecipes) {
  const edge::Image image = edge::bright_spot_image();
  const double probability = judge_image(load({model_, {}, {}}), image).probability_ng;
  EXPECT_TRUE(judge_image(load({model_, {}, probability - .001}), image).ng);
  const Judgement above = judge_image(load({model_, {}, probability + .001}), image);
  EXPECT_FALSE(above.ng);
  EXPECT_EQ(above.probability_ng, probability);
}

TEST_F(JudgeTest, AFileThatCannotBeReadIsNgAndSaysWhy) {
  const LoadedRecipe recipe = load({model_, {}, {}});
  write_text_atomic(folder_ / "half.png", "\x89PNG");
  const Judgement half = judge_file(recipe, folder_ / "half.png");
  EXPECT_TRUE(half.ng);
  EXPECT_THAT(half.error, HasSubstr("half.png': "));
  EXPECT_THAT(judge_file(recipe, folder_ / "none.png").error, HasSubstr("No such file"));
  write_file_atomic(folder_ / "spot.png",
                    value_or_throw(edge::encode_png(edge::bright_spot_image())));
  EXPECT_EQ(judge_file(recipe, folder_ / "spot.png").error, "");
}

TEST_F(JudgeTest, RecipesOfOneModelShareIt) {
  const auto loaded = load_recipes(
      {{1, {model_, {}, {}}}, {2, {model_, {{0, 0, 8, 8}}, {}}}, {3, {model_, {}, .3}}}, 1);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->at(1).predictor, loaded->at(2).predictor);
  EXPECT_NE(loaded->at(1).predictor, loaded->at(3).predictor);
}

TEST_F(JudgeTest, ModelsThatCannotJudgeAreRefusedAtTheStart) {
  write_text_atomic(folder_ / "broken.paucal", "no model");
  const auto broken = load_recipes({{1, {folder_ / "broken.paucal", {}, {}}}}, 1);
  ASSERT_FALSE(broken.ok());
  EXPECT_THAT(broken.failure().message, HasSubstr("broken.paucal'"));
  edge::ModelFile file = edge::bright_spot_model();
  file.card["task"] = "classification";
  file.card["class_is_ok"] = {false, false};
  write_file_atomic(folder_ / "kinds.paucal", edge::write_model(file));
  EXPECT_FALSE(load_recipes({{1, {folder_ / "kinds.paucal", {}, {}}}}, 1).ok());
}

TEST(Inspector, WhoWaitsMayStopWaiting) {
  const Wake wake;
  Inspector inspector(wake);
  std::atomic<bool> release = false;
  ASSERT_TRUE(inspector.submit(1, [&] {
    eventually([&] { return release.load(); });
    return Judgement{};
  }));
  EXPECT_FALSE(inspector.submit(2, [] { return Judgement{}; }));
  EXPECT_FALSE(inspector.take());
  release = true;
  EXPECT_TRUE(eventually([&] { return inspector.submit(2, [] { return Judgement{}; }); }));
  std::optional<Inspected> inspected;
  EXPECT_TRUE(eventually([&] {
    if (auto next = inspector.take()) inspected = std::move(next);
    return inspected && inspected->part == 2;
  }));
}

}  // namespace
}  // namespace paucal::line
