// The contract of every row of the table.
#include "labels/annotation_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace paucal::labels {
namespace {

using ::testing::ElementsAre;

class EveryFormat : public ::testing::TestWithParam<AnnotationFormat> {
 protected:
  // The images of a text, or nothing where it is refused.
  std::vector<Annotated> read(std::string_view text) {
    refused_ = false;
    problems_.clear();
    try {
      return GetParam().read(text, "set/a" + std::string(GetParam().ending), problems_);
    } catch (const Error& error) {
      refused_ = true;
      problems_.push_back({"", "", error.what()});
    }
    return {};
  }
  std::vector<Annotated> there_and_back(const Annotated& image) {
    return read(GetParam().write({&image, 1}, image.image));
  }
  static Annotated image(const std::string& class_name) {
    Annotated image{.image = "a.png", .source = ""};
    image.width = 640;
    image.height = 480;
    image.instances = {{{1.5f, 2.25f, 30.125f, 40}, class_name},
                       {{0, 0, 640, 480}, class_name, {}, true, .25f}};
    return image;
  }
  std::vector<Problem> problems_;
  bool refused_ = false;
};

INSTANTIATE_TEST_SUITE_P(Table, EveryFormat,
                         ::testing::ValuesIn(annotation_formats().begin(),
                                             annotation_formats().end()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EveryFormat, IsFoundByItsNameAndRecognisesWhatItWrites) {
  const AnnotationFormat& format = GetParam();
  EXPECT_EQ(find_annotation_format(format.name)->name, format.name);
  const Annotated one = image("dent");
  const std::string text = format.write({&one, 1}, "a.png");
  EXPECT_EQ(recognise_format("x/A" + std::string(format.ending), text)->name, format.name);
  EXPECT_EQ(recognise_format("x/a.txt", text), nullptr);
  EXPECT_NE(expected_format("a" + std::string(format.ending)), nullptr);
}

TEST_P(EveryFormat, BringsBackWhatItWrote) {
  const Annotated given = image("\"dent\" & <ä> 划痕");
  const auto images = there_and_back(given);
  ASSERT_EQ(images.size(), 1u);
  EXPECT_TRUE(problems_.empty());
  EXPECT_EQ(images[0].image, "a.png");
  EXPECT_EQ(images[0].width, 640);
  EXPECT_EQ(images[0].height, 480);
  EXPECT_FALSE(images[0].incomplete);
  ASSERT_EQ(images[0].instances.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(images[0].instances[i].box, given.instances[i].box);
    EXPECT_EQ(images[0].instances[i].class_name, given.instances[i].class_name);
    EXPECT_EQ(images[0].instances[i].guessed, given.instances[i].guessed);
    EXPECT_EQ(images[0].instances[i].weight, given.instances[i].weight);
  }
}

TEST_P(EveryFormat, AnImageWithoutObjectsComesBack) {
  Annotated none = image("x");
  none.instances.clear();
  const auto images = there_and_back(none);
  ASSERT_EQ(images.size(), 1u);
  EXPECT_TRUE(images[0].instances.empty());
  EXPECT_FALSE(images[0].incomplete);
}

TEST_P(EveryFormat, TrimsClassNames) {
  const auto images = there_and_back(image(" \u3000scratch\u00A0 "));
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].instances.at(0).class_name, "scratch");
}

TEST_P(EveryFormat, ReadsHugeNamesAndRefusesNone) {
  const std::string huge(1 << 20, 'x');
  Annotated given = image(huge);
  given.image = huge + ".png";
  const auto images = there_and_back(given);
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].image.size(), huge.size() + 4);
  EXPECT_EQ(images[0].instances.at(0).class_name.size(), huge.size());
  const auto nameless = there_and_back(image("  "));
  ASSERT_EQ(nameless.size(), 1u);
  EXPECT_TRUE(nameless[0].incomplete) << "objects without a class";
  EXPECT_EQ(problems_.size(), 2u);
}

TEST_P(EveryFormat, RefusesWhatIsBrokenAsAWhole) {
  const Annotated one = image("dent");
  const std::string whole = GetParam().write({&one, 1}, "a.png");
  const std::string half = whole.substr(0, whole.size() / 2);
  std::string utf16;
  for (const char c : whole.substr(0, 100)) utf16 += {c, '\0'};
  std::string gbk = whole;
  gbk.replace(gbk.find("dent"), 4, "\xbb\xae\xba\xdb");
  for (const std::string& text : {std::string(), half, utf16, gbk, std::string("[]"),
                                  std::string("<a/>"), std::string(200'000, '['), whole + whole}) {
    read(text);
    EXPECT_TRUE(refused_) << text.substr(0, 60);
  }
  read(gbk);
  EXPECT_THAT(problems_.at(0).message, ::testing::HasSubstr("not text in UTF-8"));
}

TEST_P(EveryFormat, DeepFilesAreReadOrRefused) {
  const Annotated one = image("dent");
  const std::string whole = GetParam().write({&one, 1}, "a.png");
  const size_t levels = 200'000;
  std::string array = std::string(levels, '[') + std::string(levels, ']'), elements;
  for (size_t i = 0; i < levels; ++i) elements += "<n>";
  for (size_t i = 0; i < levels; ++i) elements += "</n>";
  for (size_t at = whole.find("640"); at != whole.npos; at = whole.find("640", at + 1)) {
    std::string deep = whole;
    read(deep.replace(at, 3, GetParam().ending == ".xml" ? elements : array));
  }
  SUCCEED() << "no crash";
}

TEST(AnnotationFormats, AreThoseOfTheTable) {
  EXPECT_THAT(annotation_format_names(), ElementsAre("coco", "voc", "labelme"));
  EXPECT_EQ(find_annotation_format("yolo"), nullptr);
  EXPECT_EQ(recognise_format("a.json", "{\"shapes\": []}")->name, "labelme");
  EXPECT_EQ(recognise_format("a.json", "{}"), nullptr);
}

}  // namespace
}  // namespace paucal::labels
