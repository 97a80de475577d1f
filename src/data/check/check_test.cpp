#include "data/check/check.h"

#include <sys/stat.h>

#include <cstdio>
// jpeglib.h needs size_t and FILE first.
#include <jpeglib.h>

#include <cstdlib>

#include "data/check/test_check.h"

namespace paucal::data {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

Bytes cmyk_jpeg(int width, int height) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &buffer, &size);
  jpeg.image_width = static_cast<JDIMENSION>(width);
  jpeg.image_height = static_cast<JDIMENSION>(height);
  jpeg.input_components = 4;
  jpeg.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  std::vector<uint8_t> row(static_cast<size_t>(width) * 4, 90);
  for (int y = 0; y < height; ++y) {
    row[static_cast<size_t>(y) % row.size()] = 200;
    JSAMPROW rows[] = {row.data()};
    jpeg_write_scanlines(&jpeg, rows, 1);
  }
  jpeg_finish_compress(&jpeg);
  Bytes data(buffer, buffer + size);
  jpeg_destroy_compress(&jpeg);
  std::free(buffer);
  return data;
}

// The same JPEG with an EXIF block that says "turn by 90°".
Bytes turned(const Bytes& jpeg) {
  const uint8_t exif[] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,    'M', 'M',
                          0,    42,   0, 0,  0,   8,   0,   1,   1, 0x12, 0,   3,
                          0,    0,    0, 1,  0,   6,   0,   0,   0, 0,    0,   0};
  Bytes result(jpeg.begin(), jpeg.begin() + 2);
  result.insert(result.end(), std::begin(exif), std::end(exif));
  result.insert(result.end(), jpeg.begin() + 2, jpeg.end());
  return result;
}

// A small file whose frame header claims 13000 × 13000.
Bytes claims_169_megapixels(Bytes jpeg) {
  for (size_t i = 0; i + 9 < jpeg.size(); ++i)
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) {
      for (const size_t at : {i + 5, i + 7}) {
        jpeg[at] = 13000 >> 8;
        jpeg[at + 1] = 13000 & 255;
      }
      break;
    }
  return jpeg;
}

class CheckTest : public CheckFolder {};

TEST_F(CheckTest, LooksIntoUnlabelledImages) {
  for (int i = 0; i < 6; ++i)
    png(fmt::format("set/OK/{}.png", i)), png(fmt::format("set/NG/{}.png", i));
  png("more/a.png");
  text("more/b.png", "no image");
  text("more/c.png", "");
  text("more/0.tar", "no archive");
  DataOptions options;
  options.root = (root_ / "set").string();
  options.unlabelled = (root_ / "more").string();
  EXPECT_THAT(kinds_of(check_dataset(options).dataset),
              testing::UnorderedElementsAre("truncated b.png", "empty c.png", "bad-archive 0.tar"));
}

TEST_F(CheckTest, NamesEachBadFileOfAHostileFolder) {
  for (int i = 0; i < 6; ++i) png(fmt::format("OK/{}.png", i));
  for (int i = 0; i < 6; ++i) png(fmt::format("NG/{}.png", i));
  png("ok/other_case.png");
  Bytes cut = *edge::encode_jpeg(picture(50, 64, 64), 90);
  cut.resize(cut.size() / 2);
  write("NG/truncated.jpg", cut);
  write("NG/empty.png", {});
  write("NG/renamed.png", *edge::encode_jpeg(picture(51), 90));
  write("NG/sixteen.png", png_of_16(std::vector<uint16_t>(16 * 12, 0x5050), 16));
  write("NG/ink.jpg", cmyk_jpeg(16, 12));
  write("NG/turned.jpg", turned(*edge::encode_jpeg(picture(53), 90)));
  write("NG/huge.jpg", claims_169_megapixels(*edge::encode_jpeg(picture(54), 90)));
  text("NG/text.jpg", "not an image at all");
  text("NG/readme.txt", "x");
  std::filesystem::create_symlink("nowhere.png", root_ / "NG/dangling.png");
  ASSERT_EQ(::mkfifo((root_ / "NG/pipe.jpg").c_str(), 0600), 0);
  std::filesystem::create_directories(root_ / "NG/folder.jpg");

  const CheckReport report = check();
  EXPECT_THAT(
      kinds_of(report.dataset),
      IsSupersetOf({"truncated NG/truncated.jpg", "empty NG/empty.png", "renamed NG/renamed.png",
                    "16-bit NG/sixteen.png", "cmyk NG/ink.jpg", "rotated NG/turned.jpg",
                    "too-large NG/huge.jpg", "not-an-image NG/text.jpg", "other-file NG/readme.txt",
                    "unreadable NG/dangling.png", "unreadable NG/pipe.jpg",
                    "image-folder NG/folder.jpg", "class-case OK"}));
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.facts.size(), 17u);

  const std::string text = report.to_text();
  for (const auto& problem : report.dataset.problems)
    EXPECT_THAT(text, HasSubstr(problem.path.empty() ? problem.message : problem.path));
  EXPECT_THAT(text, HasSubstr("13000×13000 = 169 million pixels"));
  const Json json = report.to_json();
  EXPECT_EQ(json["problems"].size(), report.dataset.problems.size());
  EXPECT_EQ(json["classes"][1]["name"], "OK");
  EXPECT_EQ(json["classes"][1]["images"], 7);
}

TEST_F(CheckTest, FindsCopiesAcrossClassesSplitsAndFormats) {
  const edge::Image same = picture(90), leak = picture(91), twice = picture(92);
  write("a/same.png", *edge::encode_png(same));
  write("b/same.png", *edge::encode_png(same));
  write("a/leak1.png", *edge::encode_png(leak));
  write("a/leak2.png", *edge::encode_png(leak));
  write("b/twice1.png", *edge::encode_png(twice));
  write("b/twice2.png", *edge::encode_png(twice));
  text("split.csv",
       "path,class,split\na/same.png,a,train\nb/same.png,b,train\na/leak1.png,a,train\n"
       "a/leak2.png,a,test\nb/twice1.png,b,train\nb/twice2.png,b,train\n");
  const CheckReport report = check();
  EXPECT_THAT(
      kinds_of(report.dataset),
      IsSupersetOf({"mislabelled b/same.png", "split-leak a/leak2.png", "duplicate b/twice2.png"}));
}

TEST_F(CheckTest, ComparesMasksAndBoxesWithTheirImages) {
  for (const char* name : {"good", "size", "void", "gone", "box"})
    write(fmt::format("images/{}.jpg", name), *edge::encode_jpeg(picture(++seed_), 90));
  write("images/clean.jpg", *edge::encode_jpeg(picture(++seed_), 90));
  write("m/good.png", *edge::encode_png(edge::Image(16, 12, 1, 255)));
  write("m/size.png", *edge::encode_png(edge::Image(8, 8, 1, 255)));
  write("m/void.png", *edge::encode_png(edge::Image(16, 12, 1, 0)));
  text("list.jsonl",
       "{\"path\":\"good\",\"class\":\"NG\",\"mask\":\"m/good.png\"}\n"
       "{\"path\":\"size\",\"class\":\"NG\",\"mask\":\"m/size.png\"}\n"
       "{\"path\":\"void\",\"class\":\"NG\",\"mask\":\"m/void.png\"}\n"
       "{\"path\":\"gone\",\"class\":\"NG\",\"mask\":\"m/gone.png\"}\n"
       "{\"path\":\"box\",\"class\":\"NG\",\"boxes\":[[0,0,40,4]]}\n"
       "{\"path\":\"clean\",\"class\":\"OK\",\"mask\":\"m/good.png\"}\n");
  const CheckReport report = check();
  EXPECT_THAT(kinds_of(report.dataset),
              IsSupersetOf({"mask-size images/size.jpg", "mask-empty images/void.jpg",
                            "mask-missing m/gone.png", "truth-outside images/box.jpg",
                            "mask-on-ok images/clean.jpg"}));
  EXPECT_THAT(kinds_of(report.dataset), Not(Contains("mask-size images/good.jpg")));
}

TEST_F(CheckTest, ASoundSetIsSaidToBeSound) {
  for (int i = 0; i < 6; ++i) png(fmt::format("OK/{}.png", i));
  for (int i = 0; i < 6; ++i) png(fmt::format("NG/{}.png", i));
  const CheckReport report = check();
  EXPECT_TRUE(report.ok());
  EXPECT_TRUE(report.dataset.problems.empty());
  EXPECT_THAT(report.to_text(), HasSubstr("usable: 0 errors, 0 warnings, 0 notes"));
}

TEST_F(CheckTest, OkImagesAloneAreEnough) {
  for (int i = 0; i < 10; ++i) png(fmt::format("OK/{}.png", i));
  const CheckReport report = check();
  EXPECT_TRUE(report.ok());
  EXPECT_THAT(kinds_of(report.dataset), Contains("ok-alone "));
}

TEST_F(CheckTest, OneClassAndNoImagesAreErrorsNotCrashes) {
  EXPECT_THAT(kinds_of(check().dataset), Contains("one-class "));
  png("NG/a.png");
  const CheckReport report = check();
  EXPECT_THAT(kinds_of(report.dataset), Contains("one-class "));
  EXPECT_FALSE(report.ok());
}

TEST(Problems, KindsAreAFixedSet) {
  EXPECT_EQ(problem_kind("empty").severity, Severity::kError);
  EXPECT_THROW(problem_kind("surprise"), Error);
  Severity last = Severity::kError;
  for (const auto& kind : problem_kinds()) {
    EXPECT_LE(static_cast<int>(last), static_cast<int>(kind.severity)) << kind.name;
    last = kind.severity;
  }
}

}  // namespace
}  // namespace paucal::data
