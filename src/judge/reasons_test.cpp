#include "judge/reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judge/calibrate.h"
#include "judge/find_reasons.h"
#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

using ::testing::HasSubstr;

constexpr Reasons kSound{.images = 24,
                         .hot = .04,
                         .falls = 1,
                         .stands = 1,
                         .control = 0,
                         .disturbed = 0,
                         .agreement = 1};

// A scene whose thresholds are known.
struct Judged : TestScene {
  explicit Judged(const std::string& name) : TestScene(name) {
    fill();
    calibrate(card, dataset, truth, cache(), {source(), look()}, {});
  }
  Reasons reasons(RawOfImage looks) {
    return find_reasons(card, dataset, cache(),
                        {.of_record = source(),
                         .of_filled =
                             [&, looks](const edge::Fitted& image, int donor) {
                               EXPECT_TRUE(dataset.is_ok(dataset.at(donor)));
                               EXPECT_NE(dataset.at(donor).split, data::Split::kTest);
                               return looks(image);
                             }},
                        1);
  }
};

TEST(FindReasons, AVerdictThatComesFromTheHotPlacesFallsAndStandsWithThem) {
  Judged scene("reasons_sound");
  const Reasons r = scene.reasons(scene.look());
  EXPECT_EQ(r.images, 18) << "6 of each split are called NG";
  EXPECT_GT(r.hot, 60. / 1024);
  EXPECT_LT(r.hot, .2);
  EXPECT_EQ(r.falls, 1);
  EXPECT_EQ(r.stands, 1);
  EXPECT_EQ(r.control, 0);
  EXPECT_EQ(r.disturbed, 0);
  EXPECT_FALSE(r.agreement);
  EXPECT_EQ(sentence(r), "");
}

// The network goes by a corner that NG images alone have; the map points at the defect.
TEST(FindReasons, AVerdictThatComesFromElsewhereDoesNot) {
  Judged scene("reasons_sitting");
  for (const data::Record& record : scene.dataset.records) {
    edge::Image image(TestScene::kSide, TestScene::kSide, 1, 90);
    if (!scene.dataset.is_ok(record)) image.at(31, 31) = image.at(30, 31) = 120;
    write_file_atomic(scene.dataset.file(record), *edge::encode_png(image));
  }
  data::ImageCache fresh(scene.dataset, scene.card.input, 1 << 20, 1 << 20);
  const auto by_corner = [](const edge::Fitted& image, int) {
    RawPrediction seen;
    seen.scores = {image.image.at(31, 31) > 105 ? 2. : -2.};
    return seen;
  };
  const Reasons r = find_reasons(scene.card, scene.dataset, fresh,
                                 {.of_record = scene.source(), .of_filled = by_corner}, 1);
  EXPECT_EQ(r.falls, 0);
  EXPECT_EQ(r.stands, 0);
  EXPECT_THAT(sentence(r), HasSubstr("makes only 0 of 18 NG images OK"));
}

TEST(FindReasons, MapsOfTwoKindsAgreeWhereTheyAreHottestTogether) {
  Judged scene("reasons_agree");
  const auto with = [&](int off) {
    return find_reasons(
        scene.card, scene.dataset, scene.cache(),
        {.of_record = scene.source(),
         .of_filled = [&](const edge::Fitted& image, int) { return scene.look()(image); },
         .evidence =
             [off](int) {
               std::array<edge::Map, 2> maps{edge::Map(16, 16), edge::Map(16, 16)};
               maps[0].at(4, 5) = maps[1].at(4 + off, 5) = 1;
               return maps;
             }},
        1);
  };
  EXPECT_EQ(with(2).agreement, 1);
  EXPECT_EQ(with(3).agreement, 0);
  EXPECT_THAT(sentence(with(3)), HasSubstr("hottest at the same place on only 0 of 18"));
}

TEST(FindReasons, NothingIsSaidWithoutNgOrOkImages) {
  TestScene scene("reasons_none");
  const auto never = [](const edge::Fitted&, int) -> RawPrediction {
    ADD_FAILURE() << "looked at an image";
    return {};
  };
  const auto reasons = [&] {
    return find_reasons(scene.card, scene.dataset, scene.cache(),
                        {.of_record = scene.source(), .of_filled = never}, 1);
  };
  for (int i = 0; i < 3; ++i) scene.add(data::Split::kTrain, 1, -2);
  EXPECT_EQ(reasons().images, 0);
  for (auto& record : scene.dataset.records) record.label = 0;
  for (auto& raw : scene.raw) raw.scores[0] = 2;
  EXPECT_EQ(reasons().images, 0);
  EXPECT_EQ(to_json(reasons()), Json::object());
}

TEST(Reasons, ComeBackFromJson) {
  EXPECT_EQ(to_json(reasons_from_json(to_json(kSound))), to_json(kSound));
  Reasons less = kSound;
  less.control = less.disturbed = less.agreement = std::nullopt;
  EXPECT_EQ(to_json(reasons_from_json(to_json(less))), to_json(less));
  EXPECT_EQ(reasons_from_json(Json::object()).images, 0);
  EXPECT_THROW(reasons_from_json({{"images", 3}}), Json::exception);
}

TEST(Reasons, OneSentenceSaysWhatIsWrong) {
  EXPECT_EQ(sentence(kSound), "");
  Reasons r = kSound;
  r.falls = 4 / 24.;
  EXPECT_EQ(sentence(r),
            "Filling the hot places from OK images makes only 4 of 24 NG images OK: the verdict "
            "comes from elsewhere (light, background, sitting). Look at the maps before you trust "
            "it.");
  r.images = 4;
  EXPECT_EQ(sentence(r), "") << "too few to tell";
  r = kSound;
  r.stands = .25;
  EXPECT_THAT(sentence(r), HasSubstr("keep only 6 of 24 NG images NG"));
  r.control = .75;
  EXPECT_THAT(sentence(r), HasSubstr("makes 18 of 24 NG images OK, too"));
  r.hot = .8;
  EXPECT_THAT(sentence(r), HasSubstr("80 % of it are hot"));
  r.disturbed = .5;
  EXPECT_THAT(sentence(r), HasSubstr("cannot be told"));
}

TEST(Reasons, TheTableHasARowForEachQuestion) {
  EXPECT_EQ(reasons_table(kSound).rows.size(), 5u);
  Reasons r = kSound;
  r.agreement = std::nullopt;
  r.control = std::nullopt;
  const report::Table table = reasons_table(r);
  EXPECT_EQ(table.rows.size(), 4u);
  EXPECT_TRUE(table.rows[2][1].is_null());
}

}  // namespace
}  // namespace paucal::judge
