#pragma once
// A folder that goes away, images that look like PNM, and what stands in a spool.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "spool/spool.h"

namespace paucal::spool {
namespace fs = std::filesystem;
}

namespace paucal::spool::test {

class Folder {
 public:
  Folder()
      : path(fs::temp_directory_path() /
             fmt::format("spool_{}_{}", ::getpid(),
                         testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(path);
  }
  ~Folder() { fs::remove_all(path); }

  const fs::path path;
};

// Another one for each number; `bytes` long.
inline std::string image_file(int number, size_t bytes = 300) {
  std::string file = fmt::format("P5\n# {}\n8 8 255\n", number);
  file.resize(std::max(bytes, file.size()), static_cast<char>('a' + number % 26));
  return file;
}

inline edge::ModelCard inspection_card() {
  edge::ModelCard card;
  card.classes = {"OK", "crack"};
  card.class_is_ok = {true, false};
  return card;
}

// Threshold .5.
inline edge::Prediction prediction_of(double probability) {
  edge::Prediction prediction;
  prediction.probability = probability;
  prediction.ng = probability >= .5;
  prediction.score = 4 * probability - 2;
  return prediction;
}

// Of the model "m".
inline void add(Spool& spool, const std::string& image, double probability,
                std::string_view request_key = {}) {
  const edge::ModelCard card = inspection_card();
  const edge::Prediction prediction = prediction_of(probability);
  SpoolEntry entry;
  entry.image = image;
  entry.request_key = request_key;
  entry.model = "m";
  entry.version = 3;
  entry.prediction = &prediction;
  entry.card = &card;
  spool.add(entry);
}

inline std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

// The lines of all hours; each must be whole.
inline std::vector<Json> lines_in(const fs::path& folder) {
  std::vector<Json> lines;
  for (const fs::path& path : files_in(folder)) {
    const std::string text = read_text(path);
    EXPECT_TRUE(text.empty() || text.back() == '\n') << path;
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      Result<Json> line = parse_json(std::string_view(text).substr(at, end - at), path.string());
      EXPECT_TRUE(line.ok());
      if (line.ok()) lines.push_back(std::move(*line));
      at = end + 1;
    }
  }
  return lines;
}

// Names of kept images, each checked to be whole and to have its JSON.
inline std::vector<std::string> kept_images(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& path : files_in(folder / "incoming")) {
    const std::string name = path.filename().string();
    EXPECT_FALSE(name.starts_with(".")) << name;
    if (path.extension() == ".json") {
      EXPECT_TRUE(fs::exists(fs::path(path).replace_extension(".pnm"))) << name;
      continue;
    }
    names.push_back(name);
    const Json beside = read_json(fs::path(path).replace_extension(".json"));
    EXPECT_EQ(beside.at("kept"), name);
    EXPECT_EQ(beside.at("image_hash"), hash_file(path));
  }
  return names;
}

}  // namespace paucal::spool::test
