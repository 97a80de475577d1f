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

}  // namespace
}  // namespace paucal::edge
