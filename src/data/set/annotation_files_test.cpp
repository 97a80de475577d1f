#include "labels/annotation_files.h"

#include "base/files.h"
#include "base/random.h"
#include "data/set/annotations.h"
#include "data/set/test_folder.h"
#include "labels/coco.h"
#include "labels/labelme.h"
#include "labels/voc.h"

namespace paucal::data {
namespace {

using namespace labels;

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AnnotationFilesTest : public TestFolder {
 protected:
  std::vector<Annotated> there_and_back(const std::vector<Annotated>& given, const char* format) {
    const auto out = root_ / (std::string(format) == "coco" ? "coco.json" : format);
    std::filesystem::remove_all(out);
    std::vector<Problem> problems;
    write_annotations(given, format, out, "", problems_);
    auto read = with_image_paths(read_annotations(out, problems), problems);
    EXPECT_TRUE(problems.empty()) << problems[0].message;
    return read;
  }
  std::vector<Problem> problems_;
};

// Any float between 0 and 4096.
float side(Random& random) {
  return static_cast<float>(random.uniform(0, 1) * std::pow(2., random.uniform(-4, 12)));
}

std::vector<Annotated> some(bool polygons, bool points) {
  Random random(7);
  std::vector<Annotated> all;
  for (const char* name : {"NG/a.jpg", "NG/deep/ä & <b>.png", "OK/none.jpg"}) {
    Annotated& image = all.emplace_back();
    image.image = name;
    image.width = 640;
    image.height = 481;
    if (std::string_view(name).starts_with("OK")) continue;
    for (int i = 0; i < 200; ++i) {
      Instance& object = image.instances.emplace_back();
      object.class_name = i % 3 ? "scratch" : "\"dent\" & <more>";
      const float x = side(random), y = side(random);
      object.box = {x, y, x + 1 + side(random), y + 1 + side(random)};
      if (i % 4 == 0) {
        object.guessed = true;
        object.weight = static_cast<float>(random.uniform(0, 1));
      }
      if (points && i % 5 == 0) object.box = {x, y, x, y};
      if (polygons && i % 5 == 1) {
        const edge::Box& b = object.box;
        object.polygons = {{{b.x0, b.y0}, {b.x1, b.y0}, {b.x1, b.y1}, {b.x0, b.y1}}};
      }
    }
  }
  return all;
}

void expect_same(const std::vector<Annotated>& given, const std::vector<Annotated>& read) {
  ASSERT_EQ(read.size(), given.size());
  for (const Annotated& image : given) {
    const auto found = std::ranges::find(read, image.image, &Annotated::image);
    ASSERT_NE(found, read.end()) << image.image;
    EXPECT_EQ(found->width, image.width);
    EXPECT_EQ(found->height, image.height);
    ASSERT_EQ(found->instances.size(), image.instances.size()) << image.image;
    for (size_t i = 0; i < image.instances.size(); ++i) {
      const Instance &a = image.instances[i], &b = found->instances[i];
      EXPECT_EQ(a.class_name, b.class_name);
      EXPECT_EQ(a.box, b.box) << i;  // to the last bit
      EXPECT_EQ(a.guessed, b.guessed);
      EXPECT_EQ(a.weight, b.weight);
    }
  }
}

TEST_F(AnnotationFilesTest, CocoComesBackToTheLastBit) {
  const auto given = some(true, true);
  const auto read = there_and_back(given, "coco");
  expect_same(given, read);
  EXPECT_EQ(read[0].instances[1].polygons, given[0].instances[1].polygons);
}

TEST_F(AnnotationFilesTest, LabelmeComesBackToTheLastBit) {
  const auto given = some(true, true);
  const auto read = there_and_back(given, "labelme");
  expect_same(given, read);
}

TEST_F(AnnotationFilesTest, VocComesBackToTheLastBitAndNamesWhatItCannotHold) {
  expect_same(some(false, false), there_and_back(some(false, false), "voc"));
  EXPECT_TRUE(problems_.empty());
  Annotated image{.image = "a.png", .source = ""};
  image.instances = {{{3, 3, 3, 3}, "x"}, {{1, 1, 5, 5}, "y", {{{1, 1}, {5, 1}, {5, 5}}}}};
  const auto read = there_and_back({image}, "voc");
  EXPECT_EQ(read[0].instances.size(), 1u);
  ASSERT_EQ(problems_.size(), 2u);
  EXPECT_EQ(problems_[0].message, "1 points");
  EXPECT_EQ(problems_[1].message, "polygons of 1 objects");
}

TEST_F(AnnotationFilesTest, WhatCannotBeWrittenIsRefused) {
  const auto refused = [&](std::vector<Annotated> images, const char* format) {
    return error_of([&] { write_annotations(images, format, root_ / "out", "", problems_); });
  };
  EXPECT_THAT(refused({}, "yolo"), HasSubstr("coco"));
  EXPECT_THAT(refused({{"../../etc/a.png", ""}}, "voc"), HasSubstr("'../../etc/a.png'"));
  EXPECT_THAT(refused({{"/etc/a.png", ""}}, "labelme"), HasSubstr("'/etc/a.png'"));
}

TEST_F(AnnotationFilesTest, OneBadNameCostsOneImage) {
  std::vector<Problem> problems;
  const auto images = with_image_paths({{"NG/a.png", "x"},
                                        {"/data/local-files/?d=NG/b.png", "x"},
                                        {"../c.png", "x"},
                                        {"d.png", "x"}},
                                       problems);
  ASSERT_EQ(images.size(), 2u);
  EXPECT_EQ(images[1].image, "d.png");
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].kind + " " + problems[1].path, "outside ../c.png");
}

TEST_F(AnnotationFilesTest, PathsOfWindowsLeadToTheirImage) {
  const std::pair<const char*, const char*> cases[] = {{"..\\photos\\a.png", "photos/a.png"},
                                                       {"a.png", "sub/a.png"},
                                                       {"C:\\x\\a.png", "sub/a.png"},
                                                       {"photos\\a.png", "sub/photos/a.png"},
                                                       {"..\\..\\..\\photos\\a.png", "sub/a.png"},
                                                       {"\\\\server\\x\\a.png", "sub/a.png"}};
  for (const auto& [text, expected] : cases) {
    std::vector<Problem> problems;
    const auto images =
        with_image_paths({{.image = text, .source = "", .file = "sub/a.json"}}, problems);
    ASSERT_EQ(images.size(), 1u) << text;
    EXPECT_EQ(images[0].image, expected);
  }
  for (const char* file : {"x\\a.json", "x\\a.png.json"}) {  // a name that holds backslashes
    std::vector<Problem> problems;
    const auto images =
        with_image_paths({{.image = "x\\a.png", .source = "", .file = file}}, problems);
    ASSERT_EQ(images.size(), 1u);
    EXPECT_EQ(images[0].image, "x\\a.png");
  }
}

TEST_F(AnnotationFilesTest, AllThatIsSaidOfAnImageIsJoined) {
  const edge::Box a{28, 79, 52, 87}, b{50, 50, 60, 60};
  text("twice.json",
       R"({"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"},
      {"id": 3, "file_name": "./a.png"}], "categories": [{"id": 1, "name": "x"}], "annotations": [
      {"image_id": 1, "category_id": 1, "bbox": [28, 79, 24, 8]},
      {"image_id": 3, "category_id": 1, "bbox": [50, 50, 10, 10]}]})");
  std::vector<Problem> problems;
  const auto coco = with_image_paths(read_annotations(root_ / "twice.json", problems), problems);
  ASSERT_EQ(coco.size(), 2u);
  ASSERT_EQ(coco[0].instances.size(), 2u);
  EXPECT_EQ(coco[0].instances[1].box, b);
  Annotated image{.image = "a.png", .source = ""};
  image.instances = {{a, "x"}};
  write_annotations({image}, "voc", root_ / "both", "", problems);
  image.instances = {{b, "x"}};
  write_annotations({image}, "labelme", root_ / "both", "", problems);
  const auto both = with_image_paths(read_annotations(root_ / "both", problems), problems);
  ASSERT_EQ(both.size(), 1u);
  EXPECT_EQ(both[0].instances.size(), 2u);
  EXPECT_TRUE(problems.empty());
}

TEST_F(AnnotationFilesTest, ImagesThatDifferByTheirEndingAloneKeepIt) {
  std::vector<Annotated> given;
  for (const char* name :
       {"cam1/a.png", "cam1/a.jpg", "cam2/a.png", "cam1/a.png.jpg", "cam3/b.png"})
    given.push_back({.image = name, .source = ""});
  for (const char* format : {"voc", "labelme"}) {
    const auto read = there_and_back(given, format);
    std::vector<std::string> names;
    for (const Annotated& image : read) names.push_back(image.image);
    EXPECT_THAT(names, testing::UnorderedElementsAre("cam1/a.png", "cam1/a.jpg", "cam2/a.png",
                                                     "cam1/a.png.jpg", "cam3/b.png"));
  }
  EXPECT_TRUE(std::filesystem::exists(root_ / "voc/cam1/a.jpg.xml"));
  EXPECT_TRUE(std::filesystem::exists(root_ / "voc/cam3/b.xml"));
}

TEST_F(AnnotationFilesTest, IdsAreOneAsTextAndAsNumber) {
  std::vector<Problem> problems;
  const auto images =
      parse_coco(R"({"images": [{"id": 1, "file_name": "a"}, {"id": "2", "file_name": "b"},
      {"id": 3.0, "file_name": "c"}], "categories": [{"id": "7", "name": " scratch"},
      {"id": 8, "name": "scratch"}], "annotations": [
      {"image_id": "1", "category_id": 7, "bbox": [1, 1, 2, 2]},
      {"image_id": 2, "category_id": 8.0, "bbox": [1, 1, 2, 2]},
      {"image_id": " 3 ", "category_id": 7, "bbox": [1, 1, 2, 2]}]})",
                 "a.json", problems);
  EXPECT_TRUE(problems.empty());
  for (const Annotated& image : images) {
    ASSERT_EQ(image.instances.size(), 1u) << image.image;
    EXPECT_EQ(image.instances[0].class_name, "scratch");
  }
}

TEST_F(AnnotationFilesTest, WhatIsMissingIsNotNothing) {
  std::vector<Problem> problems;
  const auto images =
      parse_coco(R"({"images": [{"id": 1, "file_name": "a"}, {"id": 2, "file_name": "b"}],
      "categories": [{"id": 1, "name": "x"}], "annotations": [
      {"image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]},
      {"image_id": 9, "category_id": 1, "bbox": [1, 1, 2, 2]}]})",
                 "a.json", problems);
  EXPECT_FALSE(images[0].incomplete);
  EXPECT_TRUE(images[1].incomplete) << "the box may be its";
  EXPECT_THAT(error_of([&] {
                parse_coco(R"({"images": [{"id": 1, "file_name": "a"}]})", "i.json", problems);
              }),
              HasSubstr("'i.json': no list 'annotations'"));
}

TEST_F(AnnotationFilesTest, PhotosBesideAnnotationsAreNoMasks) {
  png("a.png");
  png("b.png");
  png("stray.png");
  png("c.png");
  edge::Image mask(16, 12, 1);
  mask.at(2, 3) = 255;
  write("d_mask.png", *edge::encode_png(mask));
  text("a.json", R"({"imagePath": "a.png", "shapes": []})");
  text("b.xml", "<annotation/>");
  text("c.png.json", R"({"imagePath": "c.png", "shapes": []})");
  std::vector<Problem> problems;
  const auto images = with_image_paths(read_annotations(root_, problems), problems);
  std::vector<std::string> names;
  for (const Annotated& image : images) names.push_back(image.image);
  EXPECT_THAT(names, testing::UnorderedElementsAre("a.png", "b", "c.png", "d"));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind + " " + problems[0].path, "mask-photo stray.png");
}

TEST_F(AnnotationFilesTest, AFolderWithACocoFileIsReadByIt) {
  for (const char* path : {"one/line.json", "two/annotations/instances.json"}) {
    text(path, R"({"images": [{"id": 1, "file_name": "a.png"}], "annotations": []})");
    png(std::string(path).substr(0, 3) + "/a.png");
    std::vector<Problem> problems;
    const auto images = read_annotations(root_ / std::string(path).substr(0, 3), problems);
    ASSERT_EQ(images.size(), 1u);
    EXPECT_EQ(images[0].image, "a.png");
    EXPECT_TRUE(problems.empty());
  }
  text("three/annotations.json", R"({"imagePath": "x.png", "shapes": []})");
  std::vector<Problem> problems;
  EXPECT_EQ(read_annotations(root_ / "three", problems).at(0).image, "x.png");
  EXPECT_TRUE(problems.empty());
}

// Broken in every way that files of tools were seen to be: named, and nothing else is lost.
TEST_F(AnnotationFilesTest, BrokenObjectsAreNamedInEveryFormat) {
  text("coco.json", R"({"images": [{"id": 1, "file_name": "a.png", "width": 9, "height": 8},
      {"id": 2, "file_name": "b.png"}, {"id": 2, "file_name": "c.png"}],
    "categories": [{"id": 1, "name": "x"}],
    "annotations": [
      {"image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "segmentation": [[1, 1, 2, 2], 5]},
      {"image_id": 2, "category_id": 1, "bbox": [1, 1, 2, 2]},
      {"image_id": 2, "category_id": 1, "bbox": [1, 1, 2, 2], "iscrowd": 1},
      {"image_id": 2, "category_id": 1, "segmentation": {"size": [8, 9], "counts": "abc"}},
      {"image_id": 2, "category_id": 1, "keypoints": [0, 0, 0, 4, 5, 2]},
      {"image_id": 2, "category_id": 1, "bbox": [1e300, 1, 2, 2]},
      {"image_id": 2, "category_id": 1, "bbox": [1, 1, 0, 2]},
      {"image_id": 77, "category_id": 1, "bbox": [1, 1, 1, 2]}, 3, null]})");
  std::vector<Problem> problems;
  const auto coco = parse_coco(read_text(root_ / "coco.json"), "coco.json", problems);
  ASSERT_EQ(coco.size(), 3u);
  EXPECT_TRUE(coco[2].incomplete) << "two images claim one id";
  EXPECT_FALSE(coco[0].incomplete);
  EXPECT_EQ(coco[0].width, 9);
  EXPECT_EQ(coco[0].instances.size(), 1u) << "a bad outline leaves the box";
  EXPECT_TRUE(coco[1].incomplete);
  ASSERT_EQ(coco[1].instances.size(), 2u);
  EXPECT_EQ(coco[1].instances[1].box, (edge::Box{4, 5, 4, 5})) << "the first visible keypoint";
  std::string all;
  for (const auto& problem : problems) all += problem.message + "\n";
  for (const char* what :
       {"images[2]: id 2 is taken", "annotations[0]: 2 polygons", "annotations[2]: iscrowd is 1",
        "annotations[3]: segmentation: counts", "annotations[3]: neither", "annotations[5]: bbox",
        "annotations[6]: bbox", "annotations[7]: image_id", "annotations[8]: image_id",
        "annotations[9]: image_id"})
    EXPECT_THAT(all, HasSubstr(what));
  EXPECT_EQ(problems.size(), 10u);

  std::vector<std::string> faults;
  const auto voc = parse_voc(
      "<annotation><size><width>9</width><height>x</height></size>\n"
      "<object><name>x</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>1e999</xmax><ymax>3</ymax>"
      "</bndbox></object>\n<object><name>x</name><bndbox><xmin>4</xmin><ymin>2</ymin><xmax>1"
      "</xmax><ymax>3</ymax></bndbox></object>\n<object><bndbox/></object>\n"
      "<object><name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>3</ymax>"
      "</bndbox><score>2</score></object>\n"
      "<object><name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>3</ymax>"
      "</bndbox></object></annotation>",
      "a.xml", faults);
  ASSERT_TRUE(voc.ok());
  EXPECT_TRUE(voc->incomplete);
  EXPECT_EQ(voc->instances.size(), 1u);
  EXPECT_EQ(voc->width, 9);
  EXPECT_EQ(voc->height, 0);
  ASSERT_EQ(faults.size(), 4u);
  EXPECT_THAT(faults[2], HasSubstr("line 4: object without <name>"));

  text("a.json", R"({"imageWidth": 9, "imageHeight": -3, "shapes": [
    {"label": "x", "points": [[1, 2], [3, 4]], "shape_type": "rectangle"},
    {"label": "x", "points": []}, {"points": [[1, 2]]}, {"label": "x", "points": [[1]]},
    {"label": "x", "points": [[1, 2]], "score": "much"}, 7]})");
  faults.clear();
  const auto labelme = parse_labelme(read_text(root_ / "a.json"), "a.json", faults);
  ASSERT_TRUE(labelme.ok());
  EXPECT_TRUE(labelme->incomplete);
  EXPECT_EQ(labelme->instances.size(), 1u);
  EXPECT_EQ(labelme->height, 0);
  EXPECT_EQ(faults.size(), 5u);
  EXPECT_THAT(faults[4], HasSubstr("shapes[5]: no label"));
}

// What is cut short, or flipped in some bits, is read or refused: it never crashes and never hangs.
TEST_F(AnnotationFilesTest, DamagedFilesAreReadOrRefused) {
  auto images = some(true, true);
  for (Annotated& image : images)
    image.instances.resize(std::min<size_t>(image.instances.size(), 12));
  std::vector<Problem> none;
  for (const std::string& format : annotation_format_names())
    write_annotations(images, format, root_ / (format == "coco" ? "c/coco.json" : format), "",
                      none);
  Random random(3);
  int read = 0, refused = 0;
  for (const char* name : {"c/coco.json", "voc/NG/a.xml", "labelme/NG/a.json"}) {
    const std::string whole = read_text(root_ / name);
    const auto any = [&] { return static_cast<size_t>(random.below(std::ssize(whole))); };
    for (int i = 0; i < 200; ++i) {
      std::string damaged = whole;
      for (int k = 0; k <= i % 4; ++k) damaged[any()] = whole[any()];
      if (i % 5 == 0) damaged.resize(any());
      std::vector<Problem> problems;
      std::vector<std::string> faults;
      bool ok = true;
      if (name[0] == 'c') try {
          parse_coco(damaged, name, problems);
        } catch (const Error&) {
          ok = false;
        }
      else
        ok = name[0] == 'v' ? parse_voc(damaged, name, faults).ok()
                            : parse_labelme(damaged, name, faults).ok();
      ++(ok ? read : refused);
    }
  }
  EXPECT_GT(read, 20);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace paucal::data
