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
