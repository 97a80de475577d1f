#include "pipeline/studies/foreign.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "base/files.h"
#include "base/random.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;

// Features near one of three directions, or, of foreign content, near a fourth.
judge::Classified near_direction(int record, size_t direction) {
  Random random(3, static_cast<uint64_t>(record), direction);
  std::vector<float> features(8);
  double squares = 0;
  for (size_t i = 0; i < features.size(); ++i) {
    features[i] = static_cast<float>((i == direction ? 1 : 0) + .001 * (random.below(200) - 100.));
    squares += features[i] * features[i];
  }
  for (float& value : features) value /= static_cast<float>(std::sqrt(squares));
  return {record, static_cast<int>(direction % 3), .9, features};
}

class ForeignTest : public testing::Test {
 protected:
  ForeignTest() {
    dataset_.classes = {"c0", "c1", "c2"};
    for (int i = 0; i < 60; ++i) {
      dataset_.records.emplace_back().path = fmt::format("known{:02}.png", i);
      held_out_.push_back(near_direction(i, static_cast<size_t>(i) % 3));
    }
  }
  ~ForeignTest() override { fs::remove(list_); }

  // 120 further images; every other one shows rings, where `foreign`.
  Json look(bool foreign) {
    std::vector<judge::Classified> further;
    for (int i = 0; i < 120; ++i) {
      const bool ring = foreign && i % 2 == 1;
      const int record = 60 + i;
      dataset_.records.emplace_back().path = fmt::format("{}{:03}.png", ring ? "ring" : "alike", i);
      further.push_back(near_direction(record, ring ? 5 : static_cast<size_t>(i) % 3));
    }
    return foreign_content(dataset_, held_out_, further, list_);
  }

  data::Dataset dataset_;
  std::vector<judge::Classified> held_out_;
  fs::path list_ = fs::temp_directory_path() / fmt::format("paucal_foreign_{}.csv", ::getpid());
};

TEST_F(ForeignTest, HalfOfTheImagesShowWhatNoLabelKnows) {
  const Json found = look(true);
  EXPECT_GE(found.at("flagged"), .5);
  EXPECT_LT(found.at("flagged"), .65);
  EXPECT_TRUE(found.at("found"));
  EXPECT_EQ(found.at("most").size(), 5u);
  for (const std::string path : found.at("most")) EXPECT_TRUE(path.starts_with("ring")) << path;
  EXPECT_TRUE(read_text(list_).starts_with("path,distance,limit,called,confidence\nring"));
}

TEST_F(ForeignTest, ImagesLikeTheLabelledOnesAreNotNamed) {
  const Json alike = look(false);
  EXPECT_LT(alike.at("flagged"), .15);
  EXPECT_FALSE(alike.at("found"));
}

TEST_F(ForeignTest, SaysWhatItNeeds) {
  held_out_.resize(19);
  EXPECT_EQ(look(true), (Json{{"held_out", 19}, {"needed", 20}}));
  EXPECT_EQ(foreign_content(dataset_, held_out_, {}, list_), Json::object());
}

}  // namespace
}  // namespace paucal::pipeline
