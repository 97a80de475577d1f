#include "labels/merge_boxes.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace paucal::labels {
namespace {

Json pseudo() {
  return Json::parse(R"({
    "images": [{"id": 1, "file_name": "a"}, {"id": 2, "file_name": "b"}, {"id": 3, "file_name": "c"}],
    "categories": [{"id": 1, "name": "NG"}],
    "annotations": [
      {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 0.9},
      {"id": 2, "image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2], "score": 0.1},
      {"id": 3, "image_id": 2, "category_id": 1, "bbox": [0, 0, 3, 3], "score": 0.8},
      {"id": 4, "image_id": 3, "category_id": 1, "bbox": [0, 0, 4, 4], "score": 0.2}]})");
}

Json merged_of(const Json& pseudo, const Json& reviewed, double min_evidence) {
  std::vector<Problem> problems;
  Json merged = merge_boxes(pseudo, reviewed, min_evidence, {}, problems);
  EXPECT_TRUE(problems.empty());
  return merged;
}

TEST(MergeBoxes, TakesPseudoBoxesWithEnoughEvidence) {
  const Json merged = merged_of(pseudo(), Json(), .5);
  ASSERT_EQ(merged["images"].size(), 2u) << "c has no box left: its label alone must teach";
  ASSERT_EQ(merged["annotations"].size(), 2u);
  EXPECT_EQ(merged["annotations"][0]["bbox"], Json({0, 0, 1, 1}));
  EXPECT_EQ(merged["annotations"][1]["image_id"], 2);
}

TEST(MergeBoxes, PeopleHaveTheWordOnImagesThatTheySaw) {
  const Json reviewed = Json::parse(R"({
    "images": [{"id": "x", "file_name": "b"}, {"id": "y", "file_name": "a"}],
    "categories": [{"id": 5, "name": "scratch"}],
    "annotations": [{"id": 1, "image_id": "x", "category_id": 5, "bbox": [9, 9, 1, 1]}]})");
  const Json merged = merged_of(pseudo(), reviewed, .1);
  ASSERT_EQ(merged["images"].size(), 3u);
  EXPECT_EQ(merged["images"][1]["file_name"], "a") << "seen, and found to show nothing";
  ASSERT_EQ(merged["annotations"].size(), 2u);
  EXPECT_EQ(merged["annotations"][0]["bbox"], Json({9, 9, 1, 1}));
  EXPECT_FALSE(merged["annotations"][0].contains("score"));
  EXPECT_EQ(merged["annotations"][1]["bbox"], Json({0, 0, 4, 4})) << "only c's guess is left";
  ASSERT_EQ(merged["categories"].size(), 2u);
  EXPECT_EQ(merged["categories"][0]["name"], "scratch");
  EXPECT_EQ(merged["annotations"][1]["category_id"], merged["categories"][1]["id"]);
}

TEST(MergeBoxes, SpellingsOfOneClassAreOneCategory) {
  const Json reviewed = Json::parse(R"({
    "images": [{"id": 1, "file_name": "b"}],
    "categories": [{"id": 5, "name": "ng "}, {"id": 6, "name": "Ng"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 5, "bbox": [9, 9, 1, 1]},
                    {"id": 2, "image_id": 1, "category_id": 6, "bbox": [9, 9, 2, 2]}]})");
  const Json merged = merged_of(pseudo(), reviewed, .1);
  ASSERT_EQ(merged["categories"].size(), 1u);
  EXPECT_EQ(merged["categories"][0]["name"], "ng ") << "the first one's word";
  for (const Json& box : merged["annotations"]) EXPECT_EQ(box["category_id"], 1);
}

// Trap: under another spelling, a reviewed image would keep its pseudo boxes beside those drawn.
TEST(MergeBoxes, MatchesNamesAsTheReadersDo) {
  const Json guesses = Json::parse(R"({
    "images": [{"id": 1, "file_name": "NG/a.png"}, {"id": 2, "file_name": "NG/b.png"},
               {"id": 3, "file_name": "NG/c.png"}],
    "categories": [{"id": 1, "name": "NG"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 1},
                    {"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 2, 2], "score": 1},
                    {"id": 3, "image_id": 3, "category_id": 1, "bbox": [0, 0, 3, 3], "score": 1}]})");
  const Json reviewed = Json::parse(R"({
    "images": [{"id": 1, "file_name": "a.png"}, {"id": 2.0, "file_name": "x\\NG\\b.png"},
               {"id": 3, "file_name": "NG/a.png"}, {"id": 4, "file_name": "gone.png"},
               {"id": 5, "file_name": "d.png"}],
    "categories": [{"id": 1, "name": "NG"}],
    "annotations": [{"image_id": "1", "category_id": 1, "bbox": [7, 7, 1, 1]},
                    {"image_id": 3, "category_id": 1, "bbox": [8, 8, 1, 1]}]})");
  std::vector<Problem> problems;
  const Json merged = merge_boxes(
      guesses, reviewed, 0, {"NG/a.png", "NG/b.png", "NG/c.png", "NG/d.png", "OK/d.png"}, problems);
  ASSERT_EQ(merged["images"].size(), 3u);
  EXPECT_EQ(merged["images"][0]["file_name"], "NG/a.png");
  EXPECT_EQ(merged["images"][1]["file_name"], "NG/b.png") << "seen, and found to show nothing";
  ASSERT_EQ(merged["annotations"].size(), 3u);
  EXPECT_EQ(merged["annotations"][0]["bbox"], Json({7, 7, 1, 1}));
  EXPECT_EQ(merged["annotations"][1]["bbox"], Json({8, 8, 1, 1})) << "both spellings count";
  EXPECT_EQ(merged["annotations"][1]["image_id"], 1);
  EXPECT_EQ(merged["annotations"][2]["bbox"], Json({0, 0, 3, 3})) << "nobody has seen c";
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].kind + " " + problems[0].path, "truth-orphan gone.png");
  EXPECT_EQ(problems[1].message, "reviewed: fits both 'NG/d.png' and 'OK/d.png'");
}

TEST(MergeBoxes, RefusesWhatIsNoCoco) {
  EXPECT_THROW(merged_of(Json::parse(R"({"images": 3})"), Json(), .5), Error);
  const Json nothing = merged_of(Json(), Json(), .5);
  EXPECT_TRUE(nothing["images"].empty());
}

}  // namespace
}  // namespace paucal::labels
