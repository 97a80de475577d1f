#include "data/set/supervision.h"

#include "data/set/dataset.h"
#include "data/set/test_folder.h"

namespace paucal::data {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class SupervisionTest : public TestFolder {
 protected:
  SupervisionTest() {
    for (const char* path :
         {"NG/a.png", "NG/b.png", "NG/c.png", "NG/d.png", "NG/e.png", "OK/f.png", "OK/g.png"})
      png(std::string("set/") + path);  // what is given lies beside the set
  }
  LabelledSet read_set(const std::string& boxes) const {
    DataOptions options;
    options.root = (root_ / "set").string();
    options.boxes = (root_ / boxes).string();
    return read_dataset(options);
  }
  Dataset read(const std::string& boxes) const { return read_set(boxes).dataset; }
  static const Record& of(const Dataset& set, const std::string& path) {
    return *std::ranges::find(set.records, path, &Record::path);
  }
};

TEST_F(SupervisionTest, ASetMayMixBoxesPointsGuessesAndNothing) {
  text("given/annotations.json", R"({
    "images": [{"id": 1, "file_name": "NG/a.png"}, {"id": 2, "file_name": "NG/b.png"},
               {"id": 3, "file_name": "NG/c.png"}, {"id": 4, "file_name": "NG/d.png"}],
    "categories": [{"id": 7, "name": "NG"}],
    "annotations": [
      {"id": 1, "image_id": 1, "category_id": 7, "bbox": [2, 3, 4, 5]},
      {"id": 2, "image_id": 2, "category_id": 7, "keypoints": [6, 7, 2]},
      {"id": 3, "image_id": 3, "category_id": 7, "bbox": [1, 1, 2, 2], "score": 0.25}]})");
  const auto [set, truth] = read_set("given/annotations.json");
  EXPECT_EQ(of(set, "NG/a.png").supervision, Supervision::kBoxes);
  EXPECT_EQ(of(set, "NG/a.png").given.at(0).box, (edge::Box{2, 3, 6, 8}));
  EXPECT_EQ(of(set, "NG/b.png").supervision, Supervision::kPoints);
  EXPECT_EQ(of(set, "NG/b.png").given.at(0).box, (edge::Box{6, 7, 6, 7}));
  EXPECT_EQ(of(set, "NG/c.png").supervision, Supervision::kTag);
  EXPECT_EQ(of(set, "NG/c.png").given.at(0).weight, .25f);
  EXPECT_EQ(of(set, "NG/d.png").supervision, Supervision::kNothing) << "seen, and nothing found";
  EXPECT_EQ(of(set, "NG/e.png").supervision, Supervision::kTag) << "nobody looked";
  EXPECT_FALSE(truth.of(of(set, "NG/a.png")).known) << "what trains must not measure";
}

TEST_F(SupervisionTest, BoxesAreOfTheClassThatTheirNameMeans) {
  text("given.json", R"({
    "images": [{"id": 1, "file_name": "NG/a.png"}],
    "categories": [{"id": 7, "name": "ng "}, {"id": 8, "name": "Dent"}],
    "annotations": [
      {"id": 1, "image_id": 1, "category_id": 7, "bbox": [2, 3, 4, 5]},
      {"id": 2, "image_id": 1, "category_id": 8, "bbox": [2, 3, 4, 6]}]})");
  const Dataset set = read("given.json");
  ASSERT_EQ(of(set, "NG/a.png").given.size(), 2u);
  EXPECT_EQ(of(set, "NG/a.png").given[0].class_name, "NG");
  EXPECT_EQ(of(set, "NG/a.png").given[1].class_name, "Dent") << "no class of the set";
}

TEST_F(SupervisionTest, MasksBecomeTheBoxesOfTheirRegions) {
  edge::Image mask(16, 12, 1);
  for (int x = 3; x < 9; ++x) mask.at(x, 5) = 255;
  write("given/NG/a.png", *edge::encode_png(mask));
  write("given/NG/b.png", *edge::encode_png(edge::Image(16, 12, 1)));
  const Dataset set = read("given");
  ASSERT_EQ(of(set, "NG/a.png").given.size(), 1u);
  EXPECT_EQ(of(set, "NG/a.png").given[0].box, (edge::Box{3, 5, 9, 6}));
  EXPECT_EQ(of(set, "NG/a.png").given[0].class_name, "NG");
  EXPECT_EQ(of(set, "NG/b.png").supervision, Supervision::kNothing);
}

TEST_F(SupervisionTest, NamesWhatCannotBeUsedAndKeepsTheRest) {
  text("given.json", R"({
    "images": [{"id": 1, "file_name": "NG/a.png"}, {"id": 2, "file_name": "gone.png"},
               {"id": 3, "file_name": "OK/f.png"}],
    "categories": [{"id": 7, "name": "NG"}],
    "annotations": [
      {"id": 1, "image_id": 1, "category_id": 7, "bbox": [2, 3, 4, 5]},
      {"id": 2, "image_id": 1, "category_id": 7, "bbox": [2, 3, 0, 5]},
      {"id": 3, "image_id": 1, "category_id": 9, "bbox": [2, 3, 4, 5]},
      {"id": 4, "image_id": 8, "category_id": 7, "bbox": [2, 3, 4, 5]},
      {"id": 5, "image_id": 1, "category_id": 7, "bbox": [2, 3, 4, 5], "score": 7},
      {"id": 6, "image_id": 3, "category_id": 7, "bbox": [2, 3, 4, 5]}]})");
  const Dataset set = read("given.json");
  EXPECT_EQ(of(set, "NG/a.png").given.size(), 1u);
  EXPECT_EQ(of(set, "NG/a.png").supervision, Supervision::kTag) << "others could not be read";
  EXPECT_EQ(of(set, "OK/f.png").supervision, Supervision::kNothing);
  std::string all;
  for (const auto& problem : set.problems)
    all += problem.kind + " " + problem.path + " " + problem.message + "\n";
  EXPECT_THAT(all, HasSubstr("truth-orphan gone.png"));
  EXPECT_THAT(all, HasSubstr("annotations[1]: bbox is [2,3,0,5]"));
  EXPECT_THAT(all, HasSubstr("annotations[2]: category_id is not in 'categories'"));
  EXPECT_THAT(all, HasSubstr("annotations[3]: image_id is not in 'images'"));
  EXPECT_THAT(all, HasSubstr("annotations[4]: score is 7, expected 0 to 1"));
  EXPECT_THAT(all, HasSubstr("mask-on-ok OK/f.png"));
}

// Trap: an image whose objects cannot be read does not show "nothing".
TEST_F(SupervisionTest, UnreadableObjectsAreNotNothing) {
  text("given/NG/a.xml", "<annotation><object><name>NG</name></object></annotation>");
  text("given/NG/b.json", R"({"shapes": [{"label": "NG", "points": "?"}]})");
  text("given/NG/c.xml",
       "<annotation><object><name>NG</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>5</xmax>"
       "<ymax>5</ymax></bndbox></object>\n<object/></annotation>");
  const Dataset set = read("given");
  for (const char* path : {"NG/a.png", "NG/b.png", "NG/c.png"})
    EXPECT_EQ(of(set, path).supervision, Supervision::kTag) << path;
  EXPECT_EQ(of(set, "NG/c.png").given.size(), 1u) << "what can be read is kept";
  EXPECT_THAT(kinds_of(set),
              testing::ElementsAre("bad-annotation NG/a.xml", "bad-annotation NG/b.json",
                                   "bad-annotation NG/c.xml"));
}

TEST_F(SupervisionTest, LabelmePointsAreNoBoxes) {
  text("given/NG/a.json", R"({"imagePath": "a.png", "shapes": [
    {"label": "NG", "shape_type": "point", "points": [[5, 6]]}]})");
  const Dataset set = read("given");
  EXPECT_EQ(of(set, "NG/a.png").supervision, Supervision::kPoints);
  EXPECT_EQ(of(set, "NG/a.png").given.at(0).box, (edge::Box{5, 6, 5, 6}));
}

TEST_F(SupervisionTest, AllAnnotationsOfAnImageCount) {
  edge::Image mask(16, 12, 1);
  mask.at(3, 5) = mask.at(4, 5) = 255;
  write("given/NG/a_mask.png", *edge::encode_png(mask));
  text("given/NG/a.json", R"({"imagePath": "a.png", "shapes": [
    {"label": "NG", "shape_type": "rectangle", "points": [[8, 6], [10, 9]]}]})");
  EXPECT_EQ(of(read("given"), "NG/a.png").given.size(), 2u);
}

TEST_F(SupervisionTest, ADefectImageWithoutBoxesIsNamed) {
  text("given.json", R"({
    "images": [{"id": 2, "file_name": "NG/b.png"}], "categories": [], "annotations": []})");
  const Dataset set = read("given.json");
  EXPECT_EQ(of(set, "NG/b.png").supervision, Supervision::kNothing);
  EXPECT_THAT(kinds_of(set), Contains("nothing-on-ng NG/b.png"));
}

TEST_F(SupervisionTest, AMissingFileIsNamed) {
  EXPECT_THAT(error_of([&] { read("none.json"); }), HasSubstr("none.json': no such file"));
}

class CalibrationTest : public SupervisionTest {
 protected:
  DataOptions options(const std::string& annotations) {
    text("given.json", R"({"images": [{"id": 1, "file_name": "NG/a.png"}],
      "categories": [{"id": 7, "name": "NG"}], "annotations": )" +
                           annotations + "}");
    DataOptions options;
    options.root = (root_ / "set").string();
    options.calibrate = (root_ / "given.json").string();
    options.test = options.val = 0;
    return options;
  }
  static constexpr const char* kBox =
      R"([{"id": 1, "image_id": 1, "category_id": 7, "bbox": [2, 3, 4, 5]}])";
};

TEST_F(CalibrationTest, ItsImagesAreHeldOutWithTheirGroups) {
  DataOptions grouped = options(kBox);
  grouped.group = "/([ab])?";
  const Dataset set = open_dataset(grouped).dataset;
  EXPECT_EQ(of(set, "NG/a.png").split, Split::kVal);
  EXPECT_EQ(of(set, "NG/a.png").supervision, Supervision::kBoxes);
  EXPECT_EQ(of(set, "NG/b.png").split, Split::kTrain);
  DataOptions one_part = options(kBox);
  one_part.group = "(NG)/[ab]";
  const Dataset together = open_dataset(one_part).dataset;
  EXPECT_EQ(of(together, "NG/b.png").split, Split::kVal) << "of the same part";
  EXPECT_EQ(of(together, "NG/c.png").split, Split::kTrain);
}

TEST_F(CalibrationTest, RefusesWhatCannotCalibrate) {
  EXPECT_NE(error_of([&] { open_dataset(options("[]")); }).find("no image with boxes among the 1"),
            std::string::npos);
  DataOptions tested = options(kBox);
  text("split.csv", "path,class,split\nNG/a.png,NG,test\nNG/b.png,NG,train\nOK/f.png,OK,train\n");
  tested.split = (root_ / "split.csv").string();
  EXPECT_NE(error_of([&] { open_dataset(tested); }).find("'NG/a.png' is a test image"),
            std::string::npos);
  DataOptions missing = options(kBox);
  missing.calibrate += "x";
  EXPECT_NE(error_of([&] { open_dataset(missing); }).find("data.calibrate"), std::string::npos);
}

}  // namespace
}  // namespace paucal::data
