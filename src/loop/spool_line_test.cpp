#include "loop/spool_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/json_text.h"

namespace paucal::loop {
namespace {

Json good_line() {
  return {{"at", "2026-11-30T12:34:56.789Z"},
          {"part", "17"},
          {"station", "2"},
          {"model", "m"},
          {"version", 3},
          {"sha256", std::string(64, 'a')},
          {"verdict", "NG"},
          {"probability_ng", .75},
          {"logit", 1.5},
          {"heat_peak", 2},
          {"mean", 120.5},
          {"stratum", "ng"},
          {"pi", 1},
          {"kept", "ng-" + std::string(32, '0') + ".jpg"}};
}

Result<SpoolLine> parse(const Json& json) {
  return parse_spool_line(dump_json(json), "line 1");
}

TEST(SpoolLine, IsRead) {
  const auto line = parse(good_line());
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->at, 1796042096789000);
  EXPECT_TRUE(line->ng);
  EXPECT_EQ(line->features[2], 120.5);
  EXPECT_TRUE(std::isnan(line->features[4])) << "what it does not say";
  EXPECT_EQ(line->version, 3);
}

TEST(SpoolLine, TellsWhatIsWrong) {
  const std::pair<const char*, Json> damages[] = {{"at", "yesterday"},
                                                  {"at", 7},
                                                  {"at", "2026-13-30T12:34:56.789Z"},
                                                  {"verdict", "maybe"},
                                                  {"verdict", nullptr},
                                                  {"probability_ng", 2},
                                                  {"probability_ng", "x"},
                                                  {"pi", -1},
                                                  {"stratum", "good"},
                                                  {"kept", "../../etc/passwd"},
                                                  {"kept", "ng-0.jpg"}};
  for (const auto& [key, value] : damages) {
    Json json = good_line();
    json[key] = value;
    const auto line = parse(json);
    ASSERT_FALSE(line.ok()) << key;
    EXPECT_THAT(line.failure().message, testing::HasSubstr("line 1")) << key;
    EXPECT_THAT(line.failure().message, testing::HasSubstr("expected")) << key;
  }
  EXPECT_FALSE(parse_spool_line("[]", "line 1").ok());
  EXPECT_FALSE(parse_spool_line("", "line 1").ok());
}

TEST(SpoolLine, KnowsNamesOfKeptImages) {
  const std::string hash(32, 'f');
  EXPECT_TRUE(is_kept_name("ok-" + hash + ".jpg"));
  EXPECT_TRUE(is_kept_name("doubtful-" + hash + ".png"));
  for (const std::string& name :
       {"ok-" + hash, "ok-" + hash + ".", "ok-" + hash + ".JPG", "xx-" + hash + ".jpg",
        "ok-" + hash + "/.jpg", "ok." + hash + "-jpg", std::string("-"), std::string(".-")})
    EXPECT_FALSE(is_kept_name(name)) << name;
}

TEST(SpoolLine, KnowsTimes) {
  EXPECT_EQ(*parse_time("1970-01-01T00:00:00.001Z"), 1000);
  EXPECT_EQ(*parse_time("2000-02-29T00:00:00.000Z"), 951782400000000);
  EXPECT_FALSE(parse_time("2001-02-29T00:00:00.000Z").ok());
  EXPECT_FALSE(parse_time("2001-02-28T00:00:00.000").ok());
}

}  // namespace
}  // namespace paucal::loop
