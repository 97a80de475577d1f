// Shapes: what is taken, and how what is not is told.

#include "review/geometry.h"

#include "base/json_text.h"
#include "review/agreement.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

using testing::HasSubstr;

constexpr ImageSize kSize{100, 80};

std::string wrong(const std::string& kind, const std::string& text, const ImageSize& size = kSize) {
  const auto checked = checked_geometry(kind, Json::parse(text), size);
  const auto* refused = std::get_if<Refusal>(&checked);
  return refused ? refused->message : "";
}

std::array<double, 4> bounds(const std::string& kind, const std::string& text) {
  return bounds_of(kind, Json::parse(text)).value_or(std::array<double, 4>{-1, -1, -1, -1});
}

using Four = std::array<double, 4>;

TEST(Geometry, TakesShapesOnTheImageAndKeepsTheirNumbers) {
  EXPECT_EQ(wrong("point", "[100, 80]"), "");
  EXPECT_EQ(wrong("polygon", "[[0, 0, 100, 0, 100, 80], [1, 1, 2, 1, 2, 2.5]]"), "");
  EXPECT_EQ(wrong("mask", R"({"size": [80, 100], "counts": [10, 5, 7985]})"), "");
  EXPECT_EQ(wrong("mask", R"({"size": [8, 10], "counts": [10, 5, 65]})", {}), "")
      << "the image's size is not known";
  EXPECT_EQ(wrong("box", "[-2, 3, 120, 4]"), "") << "models propose such ones";
  const auto kept = checked_geometry("point", Json::parse("[0.1, 1e-7]"), kSize);
  EXPECT_EQ(std::get<std::string>(kept), "[0.1,1e-07]");
}

TEST(Geometry, TellsPlaceValueAndExpectation) {
  EXPECT_THAT(wrong("point", "[100.5, 3]"),
              HasSubstr("[geometry] point [100.5,3]: expected a place on the image of 100 × 80"));
  EXPECT_THAT(wrong("polygon", "[[0, 0, 9, 0, 9, 9], [1, 1, 2, -1, 2, 2]]"),
              HasSubstr("ring 1: corner 1 is [2, -1], expected a place on the image of 100 × 80"));
  EXPECT_THAT(wrong("mask", R"({"size": [100, 80], "counts": [10, 5, 7985]})"),
              HasSubstr("size [100, 80], expected [80, 100]"));
  EXPECT_THAT(wrong("mask", R"({"size": [80, 100], "counts": [10, 5]})"),
              HasSubstr("do not add up to size 80 × 100"));
  EXPECT_THAT(wrong("mask", R"({"size": [80, 100], "counts": [8000]})"), HasSubstr("empty"));
}

TEST(Geometry, RefusesWhatIsNoShape) {
  for (const char* bad : {"[]", "[[]]", "[[1, 2, 3, 4]]", "[[1, 2, 3, 4, 5, 6, 7]]", "[1, 2, 3]",
                          "[[1, 1, 1, 5, 1, 9]]", "[[1, 1, 2, 2, \"3\", 4]]", "{}", "null", "7"})
    EXPECT_NE(wrong("polygon", bad), "") << bad;
  for (const char* bad :
       {"[]", "{}", R"({"size": [80, 100]})", R"({"size": [80], "counts": [8000]})",
        R"({"size": [80, 100], "counts": [-1, 8001]})",
        R"({"size": [80, 100], "counts": "\u0001"})", R"({"size": [80, 100], "counts": "oooooo"})",
        R"({"size": [1000000, 1000000], "counts": [999999999999, 2]})",
        R"({"size": [80, 100], "counts": [9223372036854775807, 9223372036854775807]})"})
    EXPECT_NE(wrong("mask", bad), "") << bad;
  for (const char* bad : {"[1]", "[1, 2, 3]", "[1e300, 1]", "[null, 1]", "{}"})
    EXPECT_NE(wrong("point", bad), "") << bad;
  EXPECT_THAT(wrong("cloud", "[]"), HasSubstr("kind 'cloud', expected box, point"));
}

TEST(Geometry, BoundsWhatAShapeMayHold) {
  Json ring = Json::array();
  for (int i = 0; i < 10'001; ++i) {
    ring.push_back(i % 100);
    ring.push_back(i % 80);
  }
  EXPECT_THAT(wrong("polygon", Json::array({ring}).dump()), HasSubstr("expected"));
  Json rings = Json::array();
  for (int i = 0; i < 1001; ++i) rings.push_back({0, 0, 9, 0, 9, 9});
  EXPECT_THAT(wrong("polygon", rings.dump()), HasSubstr("1 to 1000 rings"));
  Json counts = Json::array();
  for (int i = 0; i < 200'000; ++i) counts.push_back(1);
  EXPECT_THAT(wrong("mask", Json{{"size", {400, 500}}, {"counts", counts}}.dump(), {}),
              HasSubstr("bytes, expected at most 262144"));
}

TEST(Geometry, KnowsTheBoxAroundAShape) {
  EXPECT_EQ(bounds("box", "[1.5, 2, 3, 4]"), (Four{1.5, 2, 3, 4}));
  EXPECT_EQ(bounds("polygon", "[[5, 6, 9.25, 6, 7, 20], [30, 1, 31, 1, 31, 2]]"),
            (Four{5, 1, 26, 19}));
  EXPECT_EQ(bounds("point", "[5, 6]"), (Four{5, 6, 0, 0}));
  // Columns of 8 pixels: (1, 2) to (1, 7), then the top one of the next column.
  EXPECT_EQ(bounds("mask", R"({"size": [8, 10], "counts": [10, 3, 67]})"), (Four{1, 2, 1, 3}));
  EXPECT_EQ(bounds("mask", R"({"size": [8, 10], "counts": [10, 7, 63]})"), (Four{1, 0, 2, 8}));
  EXPECT_FALSE(bounds_of("span", Json::parse(R"({"start": 1, "end": 2, "text": "x"})")));
  EXPECT_FALSE(bounds_of("polygon", Json::parse("[1, 2]")));
}

Decision with_one(const std::string& kind, const std::string& geometry, int64_t label = 2) {
  Decision decision{.status = "done", .verdict = "NG"};
  decision.items["0"] = {kind, label, geometry, "drawn"};
  return decision;
}

TEST(Agreement, ShapesMatchByWhereTheyAreNotByTheirTool) {
  const Decision box = with_one("box", "[10, 10, 20, 20]");
  const Decision polygon = with_one("polygon", "[[11, 10, 30, 12, 12, 31]]");
  EXPECT_TRUE(agree(box, polygon));
  EXPECT_FALSE(agree(box, with_one("polygon", "[[40, 10, 60, 12, 50, 31]]")));
  EXPECT_FALSE(agree(box, with_one("polygon", "[[11, 10, 30, 12, 12, 31]]", 3)));
  EXPECT_TRUE(agree(polygon, with_one("point", "[15, 15]")));
  EXPECT_FALSE(agree(polygon, with_one("point", "[50, 15]")));
  EXPECT_TRUE(agree(with_one("point", "[20, 15]"), with_one("point", "[15, 18]")));
  EXPECT_FALSE(agree(with_one("point", "[20, 15]"), with_one("point", "[50, 15]")));
}

}  // namespace
}  // namespace paucal::review
