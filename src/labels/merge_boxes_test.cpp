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

TEST(MergeBoxes, TakesPseudoBoxesWithEnoughEvidence) {
  const Json merged = merge_boxes(pseudo(), Json(), .5);
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
  const Json merged = merge_boxes(pseudo(), reviewed, .1);
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

TEST(MergeBoxes, RefusesWhatIsNoCoco) {
  EXPECT_THROW(merge_boxes(Json::parse(R"({"images": 3})"), Json(), .5), Error);
  const Json nothing = merge_boxes(Json(), Json(), .5);
  EXPECT_TRUE(nothing["images"].empty());
}

}  // namespace
}  // namespace paucal::labels
