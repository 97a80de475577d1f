#include "edge/post/card.h"

#include <gtest/gtest.h>

#include "base/json_text.h"

namespace paucal::edge {
namespace {

TEST(Card, RemembersHowImagesAreRead) {
  ModelCard card;
  card.classes = {"NG", "\xC1\xE3"};  // a folder's name in GBK
  card.class_is_ok = {false, true};
  card.max_pixels = 400'000'000;
  card.input.bits = 12;
  card.input.channels = 1;
  const auto read = card_from_json(*parse_json(dump_json(to_json(card)), "card"));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->classes, card.classes);
  EXPECT_EQ(read->decoding().max_pixels, 400'000'000);
  EXPECT_EQ(read->decoding().bits, 12);
  EXPECT_EQ(read->decoding().channels, 1);
  EXPECT_EQ(read->decoding(3).channels, 3);
}

TEST(Card, OfEarlierVersionsReadsAsTheyDid) {
  ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  Json json = to_json(card);
  json.erase("max_pixels");
  json["input"].erase("bits");
  EXPECT_EQ(card_from_json(json)->decoding().max_pixels, kMaxPixels);
  json["max_pixels"] = 1e12;
  EXPECT_FALSE(card_from_json(json).ok());
  json["max_pixels"] = 100;
  json["input"]["bits"] = 3;
  EXPECT_FALSE(card_from_json(json).ok());
}

TEST(Card, KeepsTheLookAtASmallerCopy) {
  ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  EXPECT_FALSE(card_from_json(to_json(card))->coarse) << "as in cards of earlier versions";
  card.input.coarse = Coarse::kOff;
  card.coarse = CoarseLook{4, -1.25, 16, 8, .04, .3};
  const auto read = card_from_json(*parse_json(dump_json(to_json(card)), "card"));
  ASSERT_TRUE(read.ok()) << read.failure().message;
  EXPECT_EQ(read->input.coarse, Coarse::kOff);
  ASSERT_TRUE(read->coarse);
  EXPECT_EQ(read->coarse->shrink, 4);
  EXPECT_EQ(read->coarse->bound, -1.25);
  EXPECT_EQ(read->coarse->images, 16);
  EXPECT_EQ(read->coarse->ng_images, 8);
  EXPECT_EQ(read->coarse->seen_ok, .04);
  EXPECT_EQ(read->coarse->seen_ng, .3);
}

TEST(Card, RefusesAHostileLookAtASmallerCopy) {
  ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  card.coarse.emplace();
  const Json sound = to_json(card);
  EXPECT_TRUE(card_from_json(sound).ok());
  const auto refused = [&](const char* key, const Json& value) {
    Json json = sound;
    json["coarse"][key] = value;
    return !card_from_json(json).ok();
  };
  EXPECT_TRUE(refused("shrink", 0));
  EXPECT_TRUE(refused("shrink", -4));
  EXPECT_TRUE(refused("shrink", 17));
  EXPECT_TRUE(refused("shrink", 1e300));
  EXPECT_TRUE(refused("shrink", "4"));
  EXPECT_TRUE(refused("bound", 1e31));
  EXPECT_TRUE(refused("bound", nullptr));
  EXPECT_TRUE(refused("images", -1));
  EXPECT_TRUE(refused("ng_images", 1e13));
  EXPECT_TRUE(refused("seen_ok", 1.5));
  EXPECT_TRUE(refused("seen_ng", -.5));
  Json json = sound;
  json["coarse"] = 3;
  EXPECT_FALSE(card_from_json(json).ok());
  json = sound;
  json["input"]["coarse"] = "maybe";
  EXPECT_FALSE(card_from_json(json).ok());
}

// Two kinds of defects and OK: three channels, of which the first shows any defect.
TEST(Card, TellsWhichChannelShowsAClassAndWhichClassesBoxesHave) {
  ModelCard card;
  card.classes = {"OK", "crack", "hole"};
  card.class_is_ok = {true, false, false};
  EXPECT_EQ(card.heat_channel(2), 0u);
  EXPECT_EQ(card.channel_of(2), 2);
  EXPECT_EQ(card.box_classes(), 1);
  EXPECT_TRUE(card.scores_hottest());
  card.detector.emplace();
  EXPECT_FALSE(card.classifies_boxes());

  card.task = Task::kClassification;
  EXPECT_EQ(card.heat_channel(2), 2u);
  EXPECT_EQ(card.box_classes(), 3);
  EXPECT_FALSE(card.scores_hottest());
  EXPECT_TRUE(card.classifies_boxes());
  card.detector.reset();
  EXPECT_FALSE(card.classifies_boxes()) << "without a box head boxes are of their image's class";
}

TEST(Card, NamesItsTask) {
  ModelCard card;
  card.classes = {"a", "b"};
  card.class_is_ok = {false, false};
  for (const Task task : {Task::kInspection, Task::kClassification}) {
    card.task = task;
    EXPECT_EQ(to_json(card).at("task"), name_of(task));
    EXPECT_EQ(card_from_json(to_json(card))->task, task);
  }
}

TEST(Card, KeepsRegionAndMask) {
  ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  card.input.roi = {10, 20, 110, 220};
  card.input.ignored = std::make_shared<const IgnoreMask>(IgnoreMask{100, 200, {0, 5, 20'000}});
  const auto read = card_from_json(*parse_json(dump_json(to_json(card)), "card"));
  ASSERT_TRUE(read.ok()) << read.failure().message;
  EXPECT_EQ(read->input.roi, card.input.roi);
  ASSERT_TRUE(read->input.ignored);
  EXPECT_EQ(read->input.ignored->width, 100);
  EXPECT_EQ(read->input.ignored->ends, card.input.ignored->ends);
}

TEST(Card, KeepsThePoseOfParts) {
  ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  Alignment alignment{.by = Align::kTemplate, .width = 300, .height = 200, .bright = true};
  alignment.radius = 170.25;
  alignment.polar.assign(size_t{Alignment::kRings} * Alignment::kAngles, -127);
  alignment.polar[7] = 42;
  card.input.alignment = std::make_shared<const Alignment>(alignment);
  const auto read = card_from_json(*parse_json(dump_json(to_json(card)), "card"));
  ASSERT_TRUE(read.ok()) << read.failure().message;
  ASSERT_TRUE(read->input.alignment);
  EXPECT_EQ(read->input.alignment->by, Align::kTemplate);
  EXPECT_EQ(read->input.alignment->width, 300);
  EXPECT_EQ(read->input.alignment->radius, 170.25);
  EXPECT_EQ(read->input.alignment->polar, alignment.polar);
}

TEST(Card, RefusesPosesThatLie) {
  ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  const Json good = to_json(card);
  for (const char* lie :
       {R"({})", R"({"by": "none", "width": 2, "height": 2, "bright": true})",
        R"({"by": "pca", "width": 0, "height": 2, "bright": true})",
        R"({"by": "pca", "width": 2, "height": 99999, "bright": true})",
        R"({"by": "pca", "width": 2, "height": 2, "bright": 1})",
        R"({"by": "template", "width": 2, "height": 2, "bright": true})",
        R"({"by": "template", "width": 2, "height": 2, "bright": true, "radius": 3, "polar": [1]})",
        R"([1])"}) {
    Json json = good;
    json["align"] = *parse_json(lie, "lie");
    EXPECT_FALSE(card_from_json(json).ok()) << lie;
  }
}

TEST(Card, RefusesMasksThatLie) {
  ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  const Json good = to_json(card);
  for (const char* lie :
       {R"({"width": 2, "height": 2})", R"({"width": 2, "height": 2, "runs": []})",
        R"({"width": 2, "height": 2, "runs": [5]})",
        R"({"width": 2, "height": 2, "runs": [2, 0, 2]})",
        R"({"width": 2, "height": 2, "runs": [-1, 5]})",
        R"({"width": 2, "height": 2, "runs": "4"})", R"({"width": 2, "height": 2, "runs": [0, 4]})",
        R"({"width": 1e9, "height": 2, "runs": [4]})",
        R"({"width": 2, "height": 2, "runs": [1, 9223372036854775807]})", R"([1])"}) {
    Json json = good;
    json["ignore"] = *parse_json(lie, "lie");
    EXPECT_FALSE(card_from_json(json).ok()) << lie;
  }
  Json json = good;
  json["ignore"] = *parse_json(R"({"width": 2, "height": 2, "runs": [2, 2]})", "mask");
  EXPECT_TRUE(card_from_json(json).ok());
}

}  // namespace
}  // namespace paucal::edge
