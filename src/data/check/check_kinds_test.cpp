// Kinds of problems that only decoding, or the set as a whole, brings to light.
#include <cstdlib>

#include "data/check/test_check.h"

namespace paucal::data {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

class CheckKinds : public CheckFolder {
 protected:
  void sound_set(int images = 6) {
    for (int i = 0; i < images; ++i)
      png(fmt::format("OK/{}.png", i)), png(fmt::format("NG/{}.png", i));
  }
};

std::string message_of(const CheckReport& report, std::string_view kind) {
  for (const auto& problem : report.dataset.problems)
    if (problem.kind == kind) return problem.message;
  return "none";
}

TEST_F(CheckKinds, UnsupportedDamagedAndFlawedAreToldApart) {
  sound_set();
  Bytes twelve = *edge::encode_jpeg(picture(50), 90), no_end = *edge::encode_jpeg(picture(51), 90);
  for (size_t i = 0; i + 4 < twelve.size(); ++i)
    if (twelve[i] == 0xFF && twelve[i + 1] == 0xC0) {
      twelve[i + 1] = 0xC1;
      twelve[i + 4] = 12;
      break;
    }
  no_end.resize(no_end.size() - 2);
  Bytes cut = *edge::encode_jpeg(picture(52, 64, 64), 90);
  cut.resize(cut.size() / 2);
  write("OK/twelve.jpg", twelve);
  write("OK/no_end.jpg", no_end);
  write("OK/cut.jpg", cut);
  const CheckReport report = check();
  EXPECT_THAT(
      kinds_of(report.dataset),
      IsSupersetOf({"unsupported OK/twelve.jpg", "flaw OK/no_end.jpg", "truncated OK/cut.jpg"}));
  EXPECT_EQ(report.facts.size(), 13u) << "a flawed image is used";
  EXPECT_THAT(message_of(report, "unsupported"), HasSubstr("12 bits a sample, expected 8"));
}

TEST_F(CheckKinds, TwelveBitsInSixteenAreWarnedOf) {
  sound_set();
  std::vector<uint16_t> samples;
  for (int i = 0; i < 256; ++i) samples.push_back(static_cast<uint16_t>(i * 16 + 15));
  write("OK/dark.png", png_of_16(samples, 16));
  EXPECT_THAT(message_of(check(), "few-levels"),
              HasSubstr("1 images, values up to 4095 of 65535: 17 grey levels are left; "
                        "right-aligned 12-bit data? input.bits=12"));
  for (auto& sample : samples) sample = static_cast<uint16_t>(sample * 16);
  write("OK/bright.png", png_of_16(samples, 16));
  EXPECT_EQ(message_of(check(), "few-levels"), "none") << "the set uses the whole scale";
}

TEST_F(CheckKinds, TinyImagesAreNamed) {
  sound_set();
  write("OK/line.png", *edge::encode_png(picture(70, 64, 1)));
  const CheckReport report = check();
  EXPECT_THAT(kinds_of(report.dataset), Contains("tiny OK/line.png"));
  EXPECT_THAT(message_of(report, "tiny"), HasSubstr("64×1 pixels, expected at least 8×8"));
}

TEST_F(CheckKinds, WhatARunWouldRefuseLaterIsSaid) {
  png("OK/a.png");
  png("NG/b.png");
  const CheckReport report = check();
  EXPECT_THAT(kinds_of(report.dataset), IsSupersetOf({"no-test ", "no-val "}));
  EXPECT_FALSE(report.ok());
}

TEST_F(CheckKinds, NeedsNoTemporaryFolder) {
  sound_set();
  const char* old = std::getenv("TMPDIR");
  const std::string before = old ? old : "";
  ::setenv("TMPDIR", "/nonexistent", 1);
  EXPECT_TRUE(check().ok());
  DataOptions more = options();
  more.unlabelled = (root_ / "OK").string();
  EXPECT_THAT(error_of([&] { check_dataset(more); }), HasSubstr("TMPDIR: no such folder"));
  old ? ::setenv("TMPDIR", before.c_str(), 1) : ::unsetenv("TMPDIR");
}

TEST_F(CheckKinds, NearCopiesAreOneLineAGroup) {
  for (int i = 0; i < 20; ++i) {
    write(fmt::format("OK/{}.png", i), *edge::encode_png(picture(100 + i, 64, 64)));
    write(fmt::format("NG/{}.png", i), *edge::encode_png(picture(200 + i, 64, 64)));
  }
  // Two copies under the other class; a third pair hangs on the first.
  write("NG/copy.jpg", *edge::encode_jpeg(picture(103, 64, 64), 60));
  write("NG/copy2.jpg", *edge::encode_jpeg(picture(103, 64, 64), 80));
  write("OK/other.jpg", *edge::encode_jpeg(picture(207, 64, 64), 60));
  const CheckReport report = check();
  std::vector<std::string> found;
  for (const auto& problem : report.dataset.problems)
    if (problem.kind == "near-duplicate") found.push_back(problem.path + " " + problem.message);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found, Contains(HasSubstr("copy")));
  EXPECT_THAT(found, Contains(testing::AllOf(HasSubstr("NG/7.png"), HasSubstr("OK/other.jpg"))));
  EXPECT_THAT(report.to_text(), HasSubstr("near-duplicate, 2"));
}

TEST_F(CheckKinds, BytesOfNamesAreShownAndComeBack) {
  const std::string gbk = "\xC1\xE3";
  for (int i = 0; i < 6; ++i)
    png(fmt::format("OK/{}.png", i)), png(fmt::format("{}/{}.png", gbk, i));
  const CheckReport report = check();
  EXPECT_THAT(report.to_text(), HasSubstr("\\xC1\\xE3"));
  write_json(root_ / "report.json", report.to_json());
  EXPECT_EQ(read_json(root_ / "report.json")["classes"][1]["name"], gbk);
}

}  // namespace
}  // namespace paucal::data
