#include "data/set/truth.h"

#include "data/set/dataset.h"
#include "data/set/mask_file.h"
#include "data/set/test_folder.h"
#include "data/set/truth_mask.h"
#include "labels/outline.h"

namespace paucal::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class TruthTest : public TestFolder {
 protected:
  // The truth of the last one read stands in truth_.
  Dataset read(const std::string& truth = "", const std::string& boxes = "") {
    DataOptions options;
    options.root = (root_ / "set").string();
    if (!truth.empty()) options.truth = (root_ / truth).lexically_normal().string();
    if (!boxes.empty()) options.boxes = (root_ / boxes).string();
    LabelledSet set = read_dataset(options);
    truth_ = std::move(set.truth);
    return std::move(set.dataset);
  }
  const ImageTruth& truth_of(const Dataset& set, const std::string& path) const {
    return truth_.of(record_of(set, path));
  }
  static const Record& record_of(const Dataset& set, const std::string& path) {
    return *std::ranges::find(set.records, path, &Record::path);
  }
  static std::string message_of(const Dataset& set, const std::string& kind) {
    const auto found = std::ranges::find(set.problems, kind, &Problem::kind);
    return found == set.problems.end() ? "none" : found->message;
  }
  void coco(const std::string& path, const std::string& name, int width = 0, int height = 0) {
    text(path,
         fmt::format(R"({{"images": [{{"id": 1, "file_name": "{}", "width": {}, "height": {}}}],
      "categories": [{{"id": 1, "name": "x"}}],
      "annotations": [{{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4]}}]}})",
                     name, width, height));
  }
  static Bytes mask(std::initializer_list<uint8_t> values) {
    edge::Image image(16, 12, 1);
    int x = 0;
    for (const uint8_t value : values) image.at(++x, 3) = value;
    return *edge::encode_png(image);
  }

  Truth truth_;
};

TEST_F(TruthTest, OfAnImageThatIsNotThereLandsOnNoOther) {
  for (const char* path : {"good/000.png", "good/001.png", "scratch/001.png"})
    png(std::string("set/") + path);
  coco("missing.json", "test/scratch/000.png");
  coco("several.json", "001.png");
  coco("percent.json", "x/?d=scratch/00%31.png");
  for (const bool trains : {false, true}) {
    const auto with = [&](const std::string& file) { return trains ? read("", file) : read(file); };
    EXPECT_THAT(kinds_of(with("missing.json")), ElementsAre("truth-orphan test/scratch/000.png"));
    const Dataset several = with("several.json");
    EXPECT_THAT(kinds_of(several), ElementsAre("truth-ambiguous 001.png"));
    EXPECT_THAT(several.problems[0].message,
                HasSubstr("fits both 'good/001.png' and 'scratch/001.png'"));
    const Dataset percent = with("percent.json");
    EXPECT_THAT(percent.problems, IsEmpty());
    const Record& record = record_of(percent, "scratch/001.png");
    EXPECT_EQ((trains ? record.given : truth_.of(record).objects).size(), 1u);
  }
}

TEST_F(TruthTest, ObjectsAreOfTheClassThatTheirNameMeans) {
  for (const char* path : {"OK/a.png", "X/b.png"}) png(std::string("set/") + path);
  coco("truth.json", "X/b.png");
  const Dataset set = read("truth.json");
  ASSERT_EQ(truth_of(set, "X/b.png").objects.size(), 1u);
  EXPECT_EQ(truth_of(set, "X/b.png").objects[0].class_name, "X") << "the file says x";
}

TEST_F(TruthTest, SpellingsOfOneClassAreNotSeveralClasses) {
  png("set/a.png");
  png("set/b.png");
  text("set/annotations.json", R"({
    "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
    "categories": [{"id": 1, "name": "Scratch"}, {"id": 2, "name": "scratch"},
                   {"id": 3, "name": "dent"}],
    "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4]},
                    {"image_id": 1, "category_id": 2, "bbox": [5, 1, 4, 4]},
                    {"image_id": 1, "category_id": 3, "bbox": [1, 5, 9, 4]},
                    {"image_id": 2, "category_id": 2, "bbox": [1, 5, 9, 4]}]})");
  const Dataset set = read();
  EXPECT_THAT(kinds_of(set),
              ::testing::UnorderedElementsAre("several-classes a.png", "class-case Scratch"));
  EXPECT_EQ(record_of(set, "a.png").class_name, "Scratch") << "two of three objects";
  for (const labels::Instance& object : truth_of(set, "b.png").objects)
    EXPECT_EQ(object.class_name, "Scratch");
}

TEST_F(TruthTest, APhotoBesideItsAnnotationIsNoMask) {
  png("set/OK/a.png");
  png("set/NG/b.png");
  std::filesystem::create_directories(root_ / "truth");
  std::filesystem::copy_file(root_ / "set/NG/b.png", root_ / "truth/b.png");
  text("truth/b.json", R"({"imagePath": "b.png", "shapes": [
    {"label": "x", "shape_type": "rectangle", "points": [[1, 1], [4, 4]]}]})");
  const Dataset set = read("truth");
  EXPECT_THAT(set.problems, IsEmpty());
  EXPECT_EQ(truth_of(set, "NG/b.png").mask_path, "");
  EXPECT_EQ(truth_of(set, "NG/b.png").objects.size(), 1u);
}

TEST_F(TruthTest, ARawImageBesideItsPreviewIsNoMask) {
  for (const char* name : {"OK/a", "NG/b", "NG/c", "NG/d"}) {
    const edge::Image image = picture(++seed_, 64, 48);
    write(fmt::format("set/{}.jpg", name), *edge::encode_jpeg(image, 90));
    if (std::string_view(name) == "NG/b")
      write(fmt::format("set/{}.png", name), *edge::encode_png(image));
  }
  // Black and white alone, as a backlit photo is: only the pixels tell.
  edge::Image backlit(64, 48, 1, 255);
  for (int y = 10; y < 30; ++y)
    for (int x = 10; x < 40; ++x) backlit.at(x, y) = 0;
  write("set/NG/c.jpg", *edge::encode_jpeg(backlit, 90));
  write("set/NG/c.png", *edge::encode_png(backlit));
  edge::Image mask(64, 48, 1);
  mask.at(5, 5) = 255;
  write("set/NG/d.png", *edge::encode_png(mask));
  const Dataset set = read();
  EXPECT_THAT(kinds_of(set),
              ElementsAre("mask-photo NG/b.jpg", "mask-photo NG/c.jpg", "masks-beside "));
  EXPECT_THAT(message_of(set, "mask-photo"), HasSubstr("'NG/b.png' looks like a photo"));
  EXPECT_FALSE(truth_of(set, "NG/b.jpg").known);
  EXPECT_EQ(truth_of(set, "NG/d.jpg").mask_path, "NG/d.png");
}

TEST_F(TruthTest, MasksOfSmallNumbersMarkWhatIsNotZero) {
  write("zero_one.png", mask({1, 1, 1}));
  write("classes.png", mask({1, 2, 7}));
  write("bright.png", mask({1, 255, 200}));
  const auto marked = [&](const char* name) {
    const auto read = read_mask_file(root_ / name, 1000);
    return std::ranges::count(value_or_throw(read).defects.pixels, 255);
  };
  EXPECT_EQ(marked("zero_one.png"), 3);
  EXPECT_EQ(marked("classes.png"), 3);
  EXPECT_EQ(marked("bright.png"), 2) << "the faint pixel is the edge of a smoothed mask";
  edge::Image faint(16, 12, 1);
  for (size_t i = 0; i < faint.pixels.size(); i += 7) faint.pixels[i] = 4;
  write("jpeg.jpg", *edge::encode_jpeg(faint, 90));
  EXPECT_EQ(marked("jpeg.jpg"), 0) << "noise of the compression";
  EXPECT_FALSE(
      value_or_throw(read_mask_file((png("photo.png"), root_ / "photo.png"), 1000)).plausible);
}

TEST_F(TruthTest, MasksThatMarkNothingAreNamedTogether) {
  for (const char* name : {"OK/a", "NG/b", "NG/c"}) {
    jpeg(fmt::format("set/{}.jpg", name));
    blank(fmt::format("set/{}.png", name));
  }
  EXPECT_THAT(kinds_of(read()), ElementsAre("mask-empty NG/b.jpg", "mask-empty NG/c.jpg",
                                            "masks-all-empty ", "masks-beside "));
}

TEST_F(TruthTest, AStatedSizeOfAnotherImageIsNamed) {
  png("set/OK/a.png");
  png("set/NG/b.png");  // 16×12
  coco("large.json", "NG/b.png", 32, 24);
  coco("turned.json", "NG/b.png", 12, 16);
  coco("right.json", "NG/b.png", 16, 12);
  coco("silent.json", "NG/b.png");
  for (const bool trains : {false, true}) {
    const auto with = [&](const std::string& file) { return trains ? read("", file) : read(file); };
    EXPECT_THAT(kinds_of(with("large.json")), ElementsAre("truth-size NG/b.png"));
    EXPECT_THAT(message_of(with("large.json"), "truth-size"),
                HasSubstr("drawn on 32×24, the image is 16×12"));
    EXPECT_THAT(message_of(with("turned.json"), "truth-size"), HasSubstr("(turned)"));
    EXPECT_THAT(with("right.json").problems, IsEmpty());
    EXPECT_THAT(with("silent.json").problems, IsEmpty());
  }
  coco("outside.json", "NG/b.png");
  text("outside.json", R"({"images": [{"id": 1, "file_name": "NG/b.png"}], "annotations": [
    {"image_id": 1, "category_id": 1, "bbox": [1, 1, 40, 4]}], "categories": [{"id": 1, "name": "x"}]})");
  EXPECT_THAT(kinds_of(read("outside.json")), ElementsAre("truth-outside NG/b.png"));
}

TEST_F(TruthTest, AnnotationsBesideTheImagesAreTruth) {
  png("set/OK/a.png");
  png("set/NG/b.png");
  png("set/NG/c.png");
  for (const char* name : {"b", "c"})
    text(fmt::format("set/NG/{}.json", name), fmt::format(R"({{"imagePath": "{}.png", "shapes": [
      {{"label": "x", "shape_type": "rectangle", "points": [[1, 1], [4, 4]]}}]}})",
                                                          name));
  for (const char* truth : {"set", "set/", ".", "set/NG/.."}) {
    const Dataset set = read(truth);
    EXPECT_EQ(set.records.size(), 3u) << "the folder of the truth holds the images: " << truth;
    EXPECT_THAT(set.problems, IsEmpty()) << set.problems[0].kind << set.problems[0].message;
    EXPECT_EQ(truth_of(set, "NG/b.png").objects.size(), 1u);
    EXPECT_EQ(truth_of(set, "NG/b.png").mask_path, "");
  }
  EXPECT_EQ(record_of(read("", "set"), "NG/c.png").given.size(), 1u);
}

TEST_F(TruthTest, MasksInAFolderOfTheSetAreTruth) {
  png("set/OK/a.png");
  png("set/NG/b.png");
  write("set/marks/b.png", mask({255, 255}));
  const Dataset set = read("set/marks");
  EXPECT_THAT(paths_of(set), ElementsAre("NG/b.png NG", "OK/a.png OK"));
  EXPECT_THAT(set.problems, IsEmpty());
  EXPECT_EQ(truth_of(set, "NG/b.png").mask_path, "marks/b.png");
}

TEST_F(TruthTest, AnImageWhoseAnnotationIsOfNoUseIsNotCalledUnnamed) {
  for (const char* name : {"a", "b", "crowd"}) png(fmt::format("set/{}.png", name));
  text("set/coco.json",
       R"({"images": [{"id": 1, "file_name": "crowd.png"}, {"id": 2, "file_name": "a.png"}],
    "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9], "iscrowd": 1},
                    {"image_id": 2, "category_id": 1, "bbox": [1, 1, 9, 9]}],
    "categories": [{"id": 1, "name": "NG"}]})");
  const Dataset set = read();
  std::string all;
  for (const Problem& problem : set.problems) all += problem.path + ": " + problem.message + "\n";
  EXPECT_THAT(all, HasSubstr("b.png: no annotation names it"));
  EXPECT_THAT(all, HasSubstr("crowd.png: its annotation cannot be used"));
}

TEST_F(TruthTest, AFolderThatHoldsNoneIsNamed) {
  png("set/OK/a.png");
  png("set/NG/b.png");
  text("none/readme.txt", "hi");
  for (const bool trains : {false, true}) {
    const Dataset set = trains ? read("", "none") : read("none");
    EXPECT_THAT(kinds_of(set), ElementsAre("truth-none "));
    EXPECT_THAT(message_of(set, "truth-none"), HasSubstr("/none'"));
  }
}

TEST_F(TruthTest, OutlinesOfMasksFillTheirPixelsAlone) {
  ImageTruth truth;
  truth.known = true;
  edge::Image mask(12, 9, 1);
  for (int y = 2; y < 7; ++y)
    for (int x = 2; x < 9; ++x) mask.at(x, y) = x == 5 && y == 4 ? 0 : 255;
  mask.at(10, 7) = 255;
  truth.objects.push_back({labels::mask_bounds(mask), "x", labels::cover(mask)});
  const auto painted = truth_mask({}, truth, 12, 9, 1000);
  ASSERT_TRUE(painted);
  EXPECT_EQ(painted->pixels, mask.pixels);
}

}  // namespace
}  // namespace paucal::data
