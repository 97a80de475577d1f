#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "data/synth/electrode.h"
#include "labels/outline.h"

namespace paucal::data {
namespace {

namespace fs = std::filesystem;

class ElectrodeSet : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              fmt::format("electrode_set_{}_{}", ::getpid(),
                          testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    options_.count = 12;
    options_.size = 96;
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string digest(const fs::path& root) {
    Hasher hasher;
    for (const auto& file : list_files(root)) hasher.add(file).add(hash_file(root / file));
    return hasher.hex();
  }

  fs::path folder_;
  ElectrodeOptions options_;
};

TEST_F(ElectrodeSet, HoldsImagesByLabelAndTruthApart) {
  write_electrode_set(options_, folder_, 2);
  const auto files = list_files(folder_);
  const auto count = [&](std::string_view start) {
    return std::ranges::count_if(files, [&](const auto& f) { return f.starts_with(start); });
  };
  EXPECT_EQ(count("OK/part"), 6);
  EXPECT_EQ(count("NG/part"), 6);
  EXPECT_EQ(count("truth/masks/part"), 6);
  EXPECT_EQ(count("truth/annotations.json"), 1);
  EXPECT_EQ(files.size(), 19u);
  const Bytes jpeg = value_or_throw(read_file(folder_ / "NG/part0000_01.jpg"));
  EXPECT_EQ(jpeg[0], 0xFF);
  EXPECT_EQ(jpeg[1], 0xD8);
}

TEST_F(ElectrodeSet, TruthReadsBack) {
  write_electrode_set(options_, folder_, 1);
  const Json truth = read_json(folder_ / "truth/annotations.json");
  ASSERT_EQ(truth["images"].size(), 12u);
  ASSERT_EQ(truth["categories"].size(), 4u);
  size_t next = 0;
  for (int i = 0; i < 12; ++i) {
    const SynthImage image = make_electrode(options_, i);
    const Json& listed = truth["images"][i];
    EXPECT_EQ(listed["file_name"], fmt::format("{}/{}.jpg", image.ng ? "NG" : "OK", image.name));
    EXPECT_TRUE(fs::exists(folder_ / listed["file_name"].get<std::string>()));
    EXPECT_EQ(listed["width"], 96);
    EXPECT_EQ(listed["group"], image.group);
    for (const labels::Instance& instance : image.instances) {
      const Json& annotation = truth["annotations"].at(next++);
      EXPECT_EQ(annotation["image_id"], listed["id"]);
      const int category = annotation["category_id"];
      EXPECT_EQ(truth["categories"][category - 1]["id"], category);
      EXPECT_EQ(truth["categories"][category - 1]["name"], instance.class_name);
      const auto box = annotation["bbox"].get<std::vector<float>>();
      EXPECT_EQ(instance.box, (edge::Box{box[0], box[1], box[0] + box[2], box[1] + box[3]}));
      double area = 0;
      for (const Json& flat : annotation["segmentation"]) {
        labels::Ring ring;
        for (size_t k = 0; k < flat.size(); k += 2)
          ring.push_back({flat[k].get<float>(), flat[k + 1].get<float>()});
        area += labels::ring_area(ring);
      }
      EXPECT_EQ(annotation["area"], area);
    }
  }
  EXPECT_EQ(next, truth["annotations"].size());
}

TEST_F(ElectrodeSet, IsTheSameForAnyNumberOfThreads) {
  write_electrode_set(options_, folder_ / "one", 1);
  write_electrode_set(options_, folder_ / "four", 4);
  EXPECT_EQ(digest(folder_ / "one"), digest(folder_ / "four"));
}

TEST_F(ElectrodeSet, HoldsLargeSheets) {
  options_.count = 2;
  options_.width = 256;
  options_.height = 128;
  write_electrode_set(options_, folder_, 2);
  const Json listed = read_json(folder_ / "truth/annotations.json")["images"][0];
  EXPECT_EQ(listed["width"], 256);
  EXPECT_EQ(listed["height"], 128);
  options_.width = 0;
  EXPECT_THROW(write_electrode_set(options_, folder_, 1), Error);
}

// Its mark names none of the later options.
TEST_F(ElectrodeSet, KnowsSetsOfEarlierVersions) {
  write_electrode_set(options_, folder_, 2);
  const Json options = read_json(folder_ / ".electrode.json")["options"];
  EXPECT_EQ(options["size"], 96);
  for (const char* later : {"width", "height", "most"}) EXPECT_FALSE(options.contains(later));
}

TEST_F(ElectrodeSet, IsCompletedAfterAnInterruption) {
  write_electrode_set(options_, folder_, 2);
  const std::string whole = digest(folder_);
  fs::remove(folder_ / "truth/annotations.json");
  fs::remove(folder_ / "OK/part0001_00.jpg");
  fs::remove(folder_ / "truth/masks/part0001_01.png");
  const auto kept = fs::last_write_time(folder_ / "OK/part0000_00.jpg");
  write_electrode_set(options_, folder_, 2);
  EXPECT_EQ(digest(folder_), whole);
  EXPECT_EQ(fs::last_write_time(folder_ / "OK/part0000_00.jpg"), kept);
}

TEST_F(ElectrodeSet, LeavesACompleteSetAsItIs) {
  write_electrode_set(options_, folder_, 2);
  fs::remove(folder_ / "OK/part0001_00.jpg");  // the user's own decision
  write_electrode_set(options_, folder_, 2);
  EXPECT_FALSE(fs::exists(folder_ / "OK/part0001_00.jpg"));
}

TEST_F(ElectrodeSet, RefusesFoldersThatAreNotItsOwn) {
  write_text_atomic(folder_ / "notes.txt", "mine");
  EXPECT_THROW(write_electrode_set(options_, folder_, 1), Error);
  EXPECT_THROW(write_electrode_set(options_, folder_ / "notes.txt", 1), Error);
  EXPECT_EQ(list_files(folder_).size(), 1u);

  write_electrode_set(options_, folder_ / "set", 1);
  options_.seed = 2;
  EXPECT_THROW(write_electrode_set(options_, folder_ / "set", 1), Error);
}

TEST_F(ElectrodeSet, RefusesBadOptionsBeforeTouchingTheDisk) {
  options_.quality = 1000;
  EXPECT_THROW(write_electrode_set(options_, folder_, 1), Error);
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(ElectrodeSet, WritesPngWhereAsked) {
  options_.format = "png";
  options_.count = 2;
  write_electrode_set(options_, folder_, 1);
  const Bytes png = value_or_throw(read_file(folder_ / "OK/part0000_00.png"));
  EXPECT_EQ(std::string(png.begin() + 1, png.begin() + 4), "PNG");
}

}  // namespace
}  // namespace paucal::data
