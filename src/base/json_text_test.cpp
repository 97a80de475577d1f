#include "base/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace paucal {
namespace {

using ::testing::HasSubstr;

std::string why_not(std::string_view text) {
  const Result<Json> json = parse_json(text, "a.json");
  return json.ok() ? "" : json.failure().message;
}

TEST(ParseJson, BoundsTheLevels) {
  const auto nested = [](size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_EQ(why_not(nested(100)), "");
  EXPECT_EQ(why_not(nested(101)), "'a.json': nested 101 levels deep, expected at most 100");
  EXPECT_THAT(why_not(nested(1'000'000)), HasSubstr("nested 1000000 levels"));
  EXPECT_THAT(why_not(std::string(300'000, '[')), HasSubstr("levels deep"));
  EXPECT_EQ(why_not("[\"" + std::string(500, '[') + "\\\"" + std::string(500, '{') + "\"]"), "")
      << "brackets of a text are no levels";
}

// The library's own parser sets no bound, and its values may still be destroyed.
TEST(Json, IsDestroyedHoweverDeep) {
  constexpr size_t kLevels = 1'000'000;
  std::string lists(kLevels, '['), objects;
  for (size_t i = 0; i < kLevels; ++i) objects += "{\"a\":";
  lists += std::string(kLevels, ']');
  objects += "[1, \"b\"]" + std::string(kLevels, '}');
  for (const std::string& text : {lists, objects}) EXPECT_EQ(Json::parse(text).size(), 1u);
}

TEST(ParseJson, SaysWhatIsWrongWithTheText) {
  EXPECT_THAT(why_not("{\"a\": NaN}"), HasSubstr("NaN at byte 7 (Python writes it)"));
  EXPECT_THAT(why_not("[-Infinity]"), HasSubstr("Infinity"));
  EXPECT_THAT(why_not("{\"a\": \"\xbb\xae\"}"), HasSubstr("not text in UTF-8 at byte 8 (GBK?)"));
  EXPECT_THAT(why_not(std::string_view("\xFF\xFE{\0}\0", 6)), HasSubstr("UTF-16?"));
  EXPECT_THAT(why_not(std::string_view("{\0}\0", 4)), HasSubstr("UTF-16?"));
  EXPECT_EQ(why_not("\xEF\xBB\xBF{}"), "") << "UTF-8 with a byte order mark";
  EXPECT_THAT(why_not(""), HasSubstr("not valid JSON"));
  EXPECT_THAT(why_not("{\"NaN\": 1"), HasSubstr("not valid JSON"));
}

}  // namespace
}  // namespace paucal
