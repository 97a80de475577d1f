#include "command/predict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "command/test_program.h"
#include "edge/api/test_model.h"
#include "edge/pre/encode.h"

namespace paucal::command {
namespace {

using testing::HasSubstr;

struct Printed {
  int code = -1;
  std::vector<Json> lines;
};

// A network that knows no wide image, and finds nothing in others.
Result<edge::Prediction> predict_narrow(const edge::Image& image) {
  if (image.width > 100) throw std::bad_alloc();
  if (image.width > 50) return failure("network", "too wide");
  edge::Prediction prediction;
  prediction.heat = edge::Map(image.width, image.height, .25f);
  prediction.geometry = edge::Geometry(image.width, image.height);
  return prediction;
}

Printed print_lines(const PredictArguments& arguments) {
  const auto card = edge::card_from_json(edge::bright_spot_model().card);
  testing::internal::CaptureStdout();
  Printed printed;
  printed.code = predict_images(arguments, card.value(), predict_narrow);
  std::fflush(stdout);
  printed.lines = json_lines(testing::internal::GetCapturedStdout());
  return printed;
}

void write_png(const std::filesystem::path& path, int width) {
  write_file_atomic(path, *edge::encode_png(edge::Image(width, 20, 1)));
}

TEST(PredictImages, OneBadImageDoesNotStopTheOthers) {
  const TestFolder folder;
  write_png(folder / "a.png", 30);
  write_png(folder / "b.png", 60);
  write_png(folder / "c.png", 120);
  write_text_atomic(folder / "d.png", "");
  write_png(folder / "e.png", 30);
  const Printed printed = print_lines({.images = {folder.text()}});
  EXPECT_EQ(printed.code, 1);
  ASSERT_EQ(printed.lines.size(), 5u);
  EXPECT_EQ(printed.lines[0]["verdict"], "OK");
  EXPECT_EQ(printed.lines[0]["heat_peak"], .25);
  EXPECT_THAT(printed.lines[1]["error"], HasSubstr("b.png': too wide"));
  EXPECT_THAT(printed.lines[2]["error"], HasSubstr("c.png': std::bad_alloc"));
  EXPECT_THAT(printed.lines[3]["error"], HasSubstr("d.png': 0 bytes"));
  EXPECT_FALSE(printed.lines[4].contains("error"));
}

TEST(PredictImages, AnOverlayThatCannotBeWrittenIsAnErrorOfItsImage) {
  const TestFolder folder;
  write_png(folder / "in/a.png", 30);
  write_png(folder / "in/b.png", 30);
  std::filesystem::create_directories(folder / "out/00000_a.jpg/full");
  const Printed printed =
      print_lines({.images = {(folder / "in").string()}, .overlay = (folder / "out").string()});
  EXPECT_EQ(printed.code, 1);
  ASSERT_EQ(printed.lines.size(), 2u);
  EXPECT_THAT(printed.lines[0]["error"], HasSubstr("00000_a.jpg"));
  EXPECT_EQ(printed.lines[0]["verdict"], "OK");  // what was predicted stays
  EXPECT_FALSE(printed.lines[0].contains("overlay"));
  EXPECT_EQ(printed.lines[1]["overlay"], (folder / "out/00001_b.jpg").string());
  EXPECT_TRUE(std::filesystem::is_regular_file(folder / "out/00001_b.jpg"));
}

TEST(PredictImages, AllGoodIsCodeZero) {
  const TestFolder folder;
  write_png(folder / "a.png", 30);
  const Printed printed = print_lines({.images = {(folder / "a.png").string()}});
  EXPECT_EQ(printed.code, 0);
  EXPECT_EQ(printed.lines.size(), 1u);
}

}  // namespace
}  // namespace paucal::command
