#include "judge/choose_coarse.h"

#include <gtest/gtest.h>

#include "judge/calibrate.h"
#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

// The scene's images of 32 × 32 in tiles of 16, and a network of stride 1 that says of a copy
// `loudness` times the logits of the image.
class CoarseScene {
 public:
  explicit CoarseScene(const std::string& name) : scene_(name) {
    scene_.card.input.tile = 16;
    scene_.card.input.tile_overlap = 0;
    scene_.card.flips = true;
  }

  TestScene& scene() { return scene_; }

  std::optional<edge::CoarseLook> choose(const RawOfImage& of_copy) {
    calibrate(scene_.card, scene_.dataset, scene_.truth, scene_.cache(),
              {scene_.source(), scene_.look(), of_copy}, {});
    return scene_.card.coarse;
  }

  // Of a copy: its bright places, a little less plain the smaller it is.
  RawOfImage bright_places() const {
    return [](const edge::Fitted& copy) {
      RawPrediction raw;
      edge::Map& map = raw.maps.emplace_back(copy.image.width, copy.image.height);
      for (size_t i = 0; i < map.values.size(); ++i)
        map.values[i] = static_cast<float>((copy.image.pixels[i] - 155) / 32.5);
      raw.scores = {0};
      raw.geometry = copy.geometry;
      return raw;
    };
  }

 private:
  TestScene scene_;
};

TEST(ChooseCoarse, TakesTheSmallestCopyThatShowsTheDefects) {
  CoarseScene coarse("choose_coarse");
  coarse.scene().fill();
  const auto look = coarse.choose(coarse.bright_places());
  ASSERT_TRUE(look);
  EXPECT_EQ(look->shrink, 4);
  EXPECT_EQ(look->images, 12);
  EXPECT_EQ(look->ng_images, 6);
  EXPECT_GT(look->bound, -2) << "above the background";
  EXPECT_LE(look->bound, 2);
  EXPECT_DOUBLE_EQ(look->seen_ok, .25) << "one of four tiles: the hottest";
  EXPECT_GT(look->seen_ng, .25);
}

// What an image of half size does not show is not doubtful there; full size in one pass remains.
TEST(ChooseCoarse, FallsBackToOnePassWhereCopiesShowNothing) {
  CoarseScene coarse("choose_coarse_blind");
  coarse.scene().fill();
  const auto blind = [&](const edge::Fitted& copy) {
    RawPrediction raw = coarse.bright_places()(copy);
    if (copy.image.width < TestScene::kSide)
      for (edge::Map& map : raw.maps) std::ranges::fill(map.values, -2.f);
    return raw;
  };
  const auto look = coarse.choose(blind);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->shrink, 1);
  coarse.scene().card.flips = false;  // then one pass is all there is
  EXPECT_FALSE(coarse.choose(blind));
}

TEST(ChooseCoarse, NeedsNgImagesInTilesAndPermission) {
  CoarseScene few("choose_coarse_few");
  for (int i = 0; i < 4; ++i) {
    few.scene().add(data::Split::kVal, 0, 2);
    few.scene().add(data::Split::kVal, 1, -2);
  }
  EXPECT_FALSE(few.choose(few.bright_places()));

  CoarseScene off("choose_coarse_off");
  off.scene().fill();
  EXPECT_FALSE(off.choose({})) << "no network for copies";
  off.scene().card.input.coarse = edge::Coarse::kOff;
  EXPECT_FALSE(off.choose(off.bright_places()));

  CoarseScene whole("choose_coarse_whole");
  whole.scene().fill();
  whole.scene().card.input.tile = 32;
  EXPECT_FALSE(whole.choose(whole.bright_places())) << "seen as a whole";
}

// Of no NG image among n missed: .95 = 1 - (1 - share)^n.
TEST(ChooseCoarse, ToldWhatNImagesCanPromise) {
  edge::CoarseLook look;
  EXPECT_EQ(missed_95(look), 1);
  look.ng_images = 1;
  EXPECT_NEAR(missed_95(look), .95, 1e-12);
  look.ng_images = 59;
  EXPECT_NEAR(missed_95(look), .0495, 1e-4);
}

}  // namespace
}  // namespace paucal::judge
