#include "train/recorder.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "base/files.h"

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
  const Validation figures = Metrics{{"auroc", std::nan("")}, {"average_precision", .75}};
  const torch::nn::Linear linear(2, 1);
  const torch::nn::Module& network = *linear;
  {
    Recorder recorder(folder, 0);
    for (int64_t step = 1; step <= 3; ++step)
      recorder.update(step, {.loss = 1. / static_cast<double>(step),
                             .learning_rate = .5,
                             .gradient_norm = 2,
                             .parts = {{"labelled", .25}},
                             .rows = 4});
    recorder.validation(3, figures, network);
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
  resumed.validation(3, figures, network);
  EXPECT_TRUE(lines_of(folder / "metrics.jsonl").back().at("val_auroc").is_null());
  EXPECT_EQ(lines_of(folder / "metrics.jsonl").back().at("val_average_precision"), .75);
  fs::remove_all(folder);
}

TEST(Recorder, WritesTheEventsThatAreAskedFor) {
  const fs::path folder = fs::path(testing::TempDir()) / "paucal_recorded_events";
  Validation validation = Metrics{{"auroc", .5}};
  validation.pictures = {{"a.png", 1, 1, {1, 2, 3}}};
  validation.scores = {{"NG", {.1, .9}, {0, 1}}};
  const torch::nn::Linear linear(2, 1);
  const auto files = [&](const std::string& which) {
    fs::remove_all(folder);
    Recorder recorder(folder, 0, {which, {{"train.seed", 1}}});
    recorder.validation(1, validation, *linear);
    std::vector<std::string> names;
    if (fs::exists(folder / "events"))
      for (const auto& entry : fs::directory_iterator(folder / "events")) {
        names.push_back(entry.path().filename().string().substr(0, 6));
        const std::string bytes = read_text(entry.path());
        for (const char* tag :
             {"val/auroc", "images/a.png", "pr/NG", "scores/NG", "scores/not NG", "weights/weight"})
          EXPECT_NE(bytes.find(tag), std::string::npos) << tag;
        EXPECT_EQ(bytes.find("weights/bias"), std::string::npos);
      }
    std::ranges::sort(names);
    return names;
  };
  EXPECT_EQ(files("none"), std::vector<std::string>{});
  EXPECT_EQ(files("tensorboard"), std::vector<std::string>{"events"});
  EXPECT_EQ(files("visualdl"), std::vector<std::string>{"vdlrec"});
  EXPECT_EQ(files("both"), (std::vector<std::string>{"events", "vdlrec"}));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace paucal::train
