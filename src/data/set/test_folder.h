#pragma once
// A folder for one test, with tiny images in it; gone afterwards.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "data/set/record.h"
#include "edge/pre/encode.h"

namespace paucal::data {

class TestFolder : public ::testing::Test {
 protected:
  TestFolder() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = std::filesystem::temp_directory_path() /
            fmt::format("paucal_{}_{}_{}", info->test_suite_name(), info->name(), ::getpid());
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  ~TestFolder() override { std::filesystem::remove_all(root_); }

  // Noise of this seed: no two seeds look alike.
  static edge::Image picture(uint64_t seed, int width = 16, int height = 12, int channels = 1) {
    edge::Image image(width, height, channels);
    Random random(seed);
    for (auto& pixel : image.pixels) pixel = static_cast<uint8_t>(random.below(256));
    return image;
  }

  void write(const std::string& path, const Bytes& data) { write_file_atomic(root_ / path, data); }
  void text(const std::string& path, std::string_view text) {
    write_text_atomic(root_ / path, text);
  }
  // A new picture as PNG.
  void png(const std::string& path) { write(path, *edge::encode_png(picture(++seed_))); }
  // A mask that marks nothing.
  void blank(const std::string& path) { write(path, *edge::encode_png(edge::Image(16, 12, 1))); }
  void jpeg(const std::string& path) { write(path, *edge::encode_jpeg(picture(++seed_), 90)); }

  std::filesystem::path root_;
  uint64_t seed_ = 0;
};

// "kind path" of each problem, for matchers.
inline std::vector<std::string> kinds_of(const Dataset& dataset) {
  std::vector<std::string> result;
  for (const auto& problem : dataset.problems) result.push_back(problem.kind + " " + problem.path);
  return result;
}

inline std::vector<std::string> paths_of(const Dataset& dataset) {
  std::vector<std::string> result;
  for (const auto& record : dataset.records)
    result.push_back(record.path + " " + record.class_name);
  return result;
}

// The message of the Error that `body` throws.
template <class Body>
std::string error_of(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace paucal::data
