#include "data/files/file_index.h"

#include "data/set/test_folder.h"

namespace paucal::data {
namespace {

using ::testing::ElementsAre;

class FileIndexTest : public TestFolder {
 protected:
  FileIndex index() { return {root_, problems_}; }
  std::vector<Problem> problems_;
};

TEST_F(FileIndexTest, NamesOfListsAreReadAsPeopleWriteThem) {
  for (const char* path : {"NG/a.png", "NG/my part.png", "NG/back\\slash.png", "images/b.jpg",
                           "NG/x%20y.png", "NG/c.JFIF", "裂纹/一.png"})
    png(path);
  const FileIndex files = index();
  const std::string root = std::filesystem::absolute(root_).string();
  const std::pair<std::string, std::string> cases[] = {
      {"NG/a.png", "NG/a.png"},
      {"NG/a", "NG/a.png"},
      {"./NG//a.png", "NG/a.png"},
      {"NG/../NG/./a.png", "NG/a.png"},
      {root + "/NG/a.png", "NG/a.png"},
      {"file://" + root + "/NG/my%20part.png", "NG/my part.png"},
      {"../" + root_.filename().string() + "/NG/a.png", "NG/a.png"},
      {"NG\\a.png", "NG/a.png"},
      {".\\NG\\a.png", "NG/a.png"},
      {"NG/back\\slash.png", "NG/back\\slash.png"},
      {"b", "images/b.jpg"},
      {"NG/my%20part.png", "NG/my part.png"},
      {"NG/x%20y.png", "NG/x%20y.png"},
      {"NG/c", "NG/c.JFIF"},
      {"%E8%A3%82%E7%BA%B9/%E4%B8%80.png", "裂纹/一.png"},
      {"", ""},
      {"NG", ""},
      {"../a.png", ""},
      {"/NG/a.png", ""},
      {"NG/100%.png", ""},
      {"%", ""}};
  for (const auto& [name, path] : cases) EXPECT_EQ(files.resolve(name), path) << name;
  EXPECT_EQ(files.find("data/local/my%20part.png"), "NG/my part.png");
  EXPECT_EQ(files.find("C:\\photos\\a.png"), "NG/a.png");
}

TEST_F(FileIndexTest, AListReachesThroughALinkToTheRoot) {
  png("real/NG/a.png");
  std::filesystem::create_directory_symlink(root_ / "real", root_ / "link");
  const FileIndex files(root_ / "link", problems_);
  for (const char* folder : {"link", "real"})
    EXPECT_EQ(files.resolve((root_ / folder / "NG/a.png").string()), "NG/a.png");
}

TEST_F(FileIndexTest, RunsBelowTheRootAreNoImages) {
  png("OK/a.png");
  png("runs/first/overlays/OK/a.png");
  text("runs/first/recipe.yaml", "task: inspection");
  text("runs/first/stages.json", "{}");
  png("recipe.yaml.d/b.png");
  EXPECT_THAT(index().files(), ElementsAre("OK/a.png", "recipe.yaml.d/b.png"));
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_EQ(problems_[0].kind, "run-folder");
  EXPECT_EQ(problems_[0].path, "runs/first");
}

TEST_F(FileIndexTest, SystemFoldersAndBytesAreNamed) {
  png("OK/a.png");
  png("OK/@eaDir/a.png/SYNOPHOTO_THUMB_M.png");
  png("__MACOSX/OK/a.png");
  png("\xC1\xE3/b.png");
  png("\xC1\xE3/\xBC\xFE.png");
  EXPECT_THAT(index().files(), ElementsAre("OK/a.png", "\xC1\xE3/b.png", "\xC1\xE3/\xBC\xFE.png"));
  std::vector<std::string> kinds;
  for (const auto& problem : problems_) kinds.push_back(problem.kind + " " + problem.path);
  EXPECT_THAT(kinds, testing::UnorderedElementsAre("system-folder OK/@eaDir",
                                                   "system-folder __MACOSX", "not-utf8 \xC1\xE3"));
}

TEST_F(FileIndexTest, TruthBesideTheImagesLeavesThemImages) {
  EXPECT_TRUE(is_truth_path("truth/a.png", root_, ""));
  EXPECT_TRUE(is_truth_path("marks/a.png", root_, root_ / "marks"));
  EXPECT_FALSE(is_truth_path("OK/a.png", root_, root_ / "marks"));
  EXPECT_FALSE(is_truth_path("OK/a.png", root_, root_));
  EXPECT_FALSE(is_truth_path("OK/a.png", root_, root_.string() + "/"));
  EXPECT_FALSE(is_truth_path("OK/a.png", root_, root_.parent_path()));
}

}  // namespace
}  // namespace paucal::data
