#include "train/recorder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

namespace paucal::train {
namespace {

namespace fs = std::filesystem;

std::vector<Json> lines_of(const fs::path& path) {
  std::vector<Json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

TEST(Recorder, WritesALineAnUpdateAndForgetsWhatIsDoneAgain) {
  const fs::path folder = fs::path(testing::TempDir()) / "paucal_recorder";
  fs::remove_all(folder);
  {
    Recorder recorder(folder, 0);
    for (int64_t step = 1; step <= 3; ++step)
      recorder.update(step, {.loss = 1. / static_cast<double>(step),
                             .learning_rate = .5,
                             .gradient_norm = 2,
                             .parts = {{"labelled", .25}},
                             .rows = 4});
    recorder.validation(3, {{"auroc", std::nan("")}, {"average_precision", .75}});
  }
  Recorder resumed(folder, 2);
  resumed.update(3,
                 {.loss = .125, .learning_rate = .5, .gradient_norm = 1, .parts = {}, .rows = 4});
  const auto lines = lines_of(folder / "metrics.jsonl");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(
      lines[1],
      (Json{{"step", 2}, {"loss", .5}, {"lr", .5}, {"gradient_norm", 2.}, {"labelled", .25}}));
  EXPECT_EQ(lines[2].at("loss"), .125);
  resumed.validation(3, {{"auroc", std::nan("")}, {"average_precision", .75}});
  EXPECT_TRUE(lines_of(folder / "metrics.jsonl").back().at("val_auroc").is_null());
  EXPECT_EQ(lines_of(folder / "metrics.jsonl").back().at("val_average_precision"), .75);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace paucal::train
