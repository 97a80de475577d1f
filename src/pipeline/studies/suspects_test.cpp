#include "pipeline/studies/suspects.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "edge/pre/encode.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SuspectsTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / fmt::format("paucal_suspects_{}", ::getpid());
    fs::remove_all(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  // Noise, and a large blot of this brightness.
  void write(const std::string& name, int blot) {
    edge::Image image(64, 64, 1);
    for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(100 + random_.below(6));
    for (int y = 20; blot > 0 && y < 44; ++y)
      for (int x = 20; x < 44; ++x) image.at(x, y) = static_cast<uint8_t>(blot + random_.below(6));
    const fs::path file = root_ / "set" / name;
    fs::create_directories(file.parent_path());
    write_file_atomic(file, value_or_throw(edge::encode_png(image)));
  }

  Json find(const std::vector<std::string>& more = {}, const fs::path& page = {}) {
    std::vector<std::string> keys = {"data.root=" + (root_ / "set").string(),
                                     "model.arch=resnet10",
                                     "model.width=8",
                                     "train.device=cpu",
                                     "one_class.strides=[4,8]",
                                     "one_class.vectors=200",
                                     "one_class.turns=1",
                                     "input.normalise=fixed",
                                     "input.mean=0.5",
                                     "input.std=0.2",
                                     "one_class.neighbourhood=1",
                                     "train.events=none"};
    keys.insert(keys.end(), more.begin(), more.end());
    return find_suspects(load_recipe("", keys), {.work = root_ / "work", .page = page});
  }

  static std::vector<std::string> paths(const Json& suspects, size_t count) {
    std::vector<std::string> found;
    for (size_t i = 0; i < std::min(count, suspects.size()); ++i)
      found.push_back(suspects[i].at("path").get<std::string>());
    return found;
  }

  Random random_{7};
  fs::path root_;
};

TEST_F(SuspectsTest, NamesLabelsThatAMemoryDoubts) {
  for (int i = 0; i < 24; ++i) write(fmt::format("OK/a{:02}.png", i), i == 5 ? 220 : 0);
  for (int i = 0; i < 12; ++i) write(fmt::format("NG/b{:02}.png", i), i == 3 ? 0 : 220);
  const Json suspects = find({}, root_ / "page.html");
  EXPECT_THAT(paths(suspects, 2), testing::UnorderedElementsAre("OK/a05.png", "NG/b03.png"));
  for (size_t i = 0; i < 2; ++i) {
    const Json& one = suspects[i];
    EXPECT_NE(one.at("label"), one.at("suggested"));
    EXPECT_LT(one.at("score").get<double>(), .5);
  }
  const std::string page = read_text(root_ / "page.html");
  EXPECT_THAT(page, HasSubstr("OK/a05.png"));
  EXPECT_THAT(page, HasSubstr("labelled OK, perhaps NG"));
  EXPECT_THAT(suspects_text(suspects, 1), HasSubstr("more"));
}

TEST_F(SuspectsTest, FindsTheStrangerAmongOkImages) {
  for (int i = 0; i < 24; ++i) write(fmt::format("OK/a{:02}.png", i), i == 5 ? 220 : 0);
  const Json suspects = find();
  ASSERT_FALSE(suspects.empty());
  EXPECT_EQ(suspects[0].at("path"), "OK/a05.png");
  EXPECT_TRUE(suspects[0].at("suggested").is_null());
}

TEST_F(SuspectsTest, NamesPicturesThatStandUnderTwoLabels) {
  for (int i = 0; i < 12; ++i) write(fmt::format("OK/a{:02}.png", i), 0);
  for (int i = 0; i < 6; ++i) write(fmt::format("NG/b{:02}.png", i), 220);
  fs::copy_file(root_ / "set" / "NG" / "b00.png", root_ / "set" / "OK" / "copy.png");
  const Json suspects = find();
  const auto pair = std::ranges::find_if(suspects, [](const Json& one) {
    return one.at("why").get<std::string>().starts_with("mislabelled");
  });
  ASSERT_NE(pair, suspects.end());
  EXPECT_EQ(pair->at("score"), 0);
}

TEST_F(SuspectsTest, TrainsWithoutEachPartWhereNoClassMeansOk) {
  for (int i = 0; i < 16; ++i) {
    write(fmt::format("dark/a{:02}.png", i), i == 5 ? 235 : 10);
    write(fmt::format("bright/b{:02}.png", i), 235);
  }
  const Json suspects = find({"train.epochs=12", "train.batch=8"});
  ASSERT_FALSE(suspects.empty());
  EXPECT_EQ(suspects[0].at("path"), "dark/a05.png");
  EXPECT_EQ(suspects[0].at("suggested"), "bright");
}

TEST_F(SuspectsTest, NeedsSomeGroups) {
  for (int i = 0; i < 2; ++i) write(fmt::format("OK/a{:02}.png", i), 0);
  write("NG/b.png", 220);
  try {
    find();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("3 groups of images, expected at least 4"));
  }
}

}  // namespace
}  // namespace paucal::pipeline
