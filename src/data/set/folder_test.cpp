#include "data/set/folder.h"

#include "data/set/dataset.h"
#include "data/set/split.h"
#include "data/set/test_folder.h"

namespace paucal::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class FolderTest : public TestFolder {
 protected:
  DataOptions options() const {
    DataOptions options;
    options.root = root_.string();
    return options;
  }
  Dataset read() const { return read_dataset(options()).dataset; }
  std::string refusal() const {
    return error_of([&] { open_dataset(options()); });
  }
};

TEST_F(FolderTest, AStrayFolderBesideTheSplitsIsNoClass) {
  for (const char* path : {"train/OK/a.png", "train/NG/b.png", "test/OK/c.png", "test/NG/d.png"})
    png(path);
  png("misc/logo.png");
  png("train/loose.png");
  const Dataset set = read();
  EXPECT_THAT(set.classes, ElementsAre("NG", "OK"));
  EXPECT_EQ(set.indices(Split::kTest).size(), 2u);
  EXPECT_THAT(kinds_of(set),
              UnorderedElementsAre("root-image misc/logo.png", "root-image train/loose.png"));
}

TEST_F(FolderTest, ATestFolderBesideTheClassesIsASplit) {
  for (int i = 0; i < 4; ++i) png(fmt::format("OK/{}.png", i)), png(fmt::format("NG/{}.png", i));
  png("test/OK/a.png");
  png("test/ng/b.png");
  png("test/c.png");  // of a class that is called test
  const Dataset set = read();
  EXPECT_THAT(set.classes, ElementsAre("NG", "OK", "test"));
  EXPECT_EQ(set.indices(Split::kTest).size(), 2u);
}

TEST_F(FolderTest, OneFolderTooDeepIsSaid) {
  png("line1/OK/a.png");
  png("line1/NG/b.png");
  EXPECT_THAT(kinds_of(read()), Contains("too-deep line1"));
  EXPECT_THAT(refusal(), HasSubstr("holds NG/ and OK/: give data.root=" + root_.string()));
  png("line2/OK/a.png");
  png("line2/NG/b.png");
  EXPECT_THAT(kinds_of(read()), UnorderedElementsAre("too-deep line1", "too-deep line2"));
}

TEST_F(FolderTest, AStrayImageHidesNoFolderTooDeep) {
  for (const char* path : {"set/train/OK/a.png", "set/test/NG/b.png", "set/stray.png"}) png(path);
  EXPECT_THAT(kinds_of(read()), Contains("too-deep set"));
  EXPECT_THAT(refusal(), HasSubstr("holds test/ and train/: give data.root=" + root_.string()));
  for (const char* path : {"set/c.png", "set/d.png"}) png(path);
  EXPECT_THAT(kinds_of(read()), testing::Not(Contains("too-deep set"))) << "most lie right in it";
}

TEST_F(FolderTest, FoldersWithinAClassAreJustFolders) {
  png("OK/monday/a.png");
  png("OK/tuesday/b.png");
  png("NG/scratch/c.png");
  png("NG/dent/d.png");
  EXPECT_THAT(kinds_of(read()), testing::IsEmpty());
}

TEST_F(FolderTest, NamesOfAWindowsArchive) {
  for (const char* path : {"OK\\0.png", "OK\\1.png", "NG\\0.png"}) png(path);
  EXPECT_THAT(kinds_of(read()),
              UnorderedElementsAre("windows-name NG\\0.png", "windows-name OK\\0.png",
                                   "windows-name OK\\1.png"));
  EXPECT_THAT(refusal(), HasSubstr("Windows archive"));
}

TEST_F(FolderTest, AnnotationsBesideImagesAreNamed) {
  png("OK/a.png");
  for (const char* name : {"NG/b", "NG/c"}) {
    png(fmt::format("{}.png", name));
    text(fmt::format("{}.json", name), "{}");
  }
  text("NG/readme.json", "{}");
  const Dataset set = read();
  EXPECT_THAT(kinds_of(set), ElementsAre("annotations-beside "));
  EXPECT_THAT(set.problems[0].message, HasSubstr("2 annotations"));
  text("OK/a.png.json", "{}");
  EXPECT_THAT(read().problems.at(0).message, HasSubstr("3 annotations"));
}

TEST_F(FolderTest, ClassesThatLookTheSameAreMerged) {
  for (const char* folder : {"OK", "OK ", "ok", "NG", "\u00C9clat", "E\u0301clat"})
    png(fmt::format("{}/a.png", folder));
  const Dataset set = read();
  EXPECT_THAT(set.classes, UnorderedElementsAre("E\u0301clat", "NG", "OK"));
  EXPECT_THAT(kinds_of(set), UnorderedElementsAre("class-case OK", "class-case E\u0301clat"));
  EXPECT_EQ(set.records.size(), 6u);
  DataOptions named = options();
  named.ok = {"ok "};
  EXPECT_TRUE(read_dataset(named).dataset.has_ok_class());
}

TEST_F(FolderTest, ClassesInGbkStayApart) {
  const std::string names[] = {"\xBA\xC3", "\xBB\xB5", "\xBD\xB6"};
  for (const auto& name : names)
    for (int i = 0; i < 4; ++i) png(fmt::format("{}/{}.png", name, i));
  DataOptions named = options();
  named.ok = {names[0]};
  const auto [set, truth] = open_dataset(named);
  EXPECT_THAT(set.classes, ElementsAre(names[0], names[1], names[2]));

  // What a run writes down comes back.
  write_split_csv(set, truth, root_ / "split.csv");
  const Dataset again = read_dataset(named).dataset;
  EXPECT_EQ(paths_of(again), paths_of(set));
  EXPECT_THAT(kinds_of(again), ElementsAre("not-utf8 " + names[0]));
}

TEST_F(FolderTest, ASplitIsReadBackWhateverTheNames) {
  for (const char* name : {"a\\b", "c, \"d\"", " e ", "f%20g", "x;y"})
    for (const char* folder : {"OK", "NG"}) png(fmt::format("{}/{}.png", folder, name));
  const auto [set, truth] = open_dataset(options());
  write_split_csv(set, truth, root_ / "split.csv");
  EXPECT_EQ(paths_of(read()), paths_of(set));
}

TEST_F(FolderTest, ARefusalTellsWhatExplainsIt) {
  png("NG/a.png");
  std::filesystem::create_directories(root_ / "elsewhere.d");
  std::filesystem::create_directory_symlink(root_ / "NG", root_ / "OK");
  EXPECT_THAT(refusal(), HasSubstr("one class ('NG', 1 images), expected OK images"));
  EXPECT_THAT(refusal(), HasSubstr("'OK' a link to a folder, not followed"));
}

TEST_F(FolderTest, NoImagesTellsWhatIsThere) {
  for (const char* path : {"OK/a.gif", "OK/b.gif", "NG/c.gif"}) text(path, "GIF8");
  EXPECT_THAT(refusal(), HasSubstr("no images found"));
  EXPECT_THAT(refusal(), HasSubstr("(3): 'NG/c.gif'"));
  EXPECT_THAT(refusal(), HasSubstr("convert to PNG or JPEG"));
}

TEST_F(FolderTest, MasksOfCamerasThatWriteCapitals) {
  png("OK/a.png");
  for (const char* path : {"NG/b.JPG", "NG/c.JPG"}) jpeg(path);
  for (const char* path : {"NG/b.PNG", "NG/c.png"}) blank(path);
  const auto [set, truth] = read_dataset(options());
  EXPECT_THAT(paths_of(set), ElementsAre("NG/b.JPG NG", "NG/c.JPG NG", "OK/a.png OK"));
  EXPECT_EQ(truth.of(set.records[0]).mask_path, "NG/b.PNG");
  EXPECT_EQ(truth.of(set.records[1]).mask_path, "NG/c.png");
}

TEST_F(FolderTest, ImagesOfOtherEndings) {
  for (const char* name : {"a.jfif", "b.JPE", "c.jif", "d.jpg"}) {
    write(fmt::format("OK/{}", name), *edge::encode_jpeg(picture(++seed_), 90));
    jpeg(fmt::format("NG/{}", name));
  }
  const Dataset set = read();
  EXPECT_EQ(set.records.size(), 8u);
  EXPECT_THAT(kinds_of(set), testing::IsEmpty());
}

TEST_F(FolderTest, WhatIsLeftForTestingIsSaid) {
  png("OK/a.png");
  png("NG/b.png");
  const Dataset set = open_dataset(options()).dataset;
  std::vector<std::string> kinds;
  for (const auto& problem : missing_splits(set)) kinds.push_back(problem.kind);
  EXPECT_THAT(kinds, ElementsAre("no-test", "no-val"));
  EXPECT_THAT(error_of([&] { refuse_untested(set); }), HasSubstr("0 of 2 labelled images"));
  for (int i = 0; i < 8; ++i) png(fmt::format("OK/{}.png", i)), png(fmt::format("NG/{}.png", i));
  const Dataset larger = open_dataset(options()).dataset;
  EXPECT_THAT(missing_splits(larger), testing::IsEmpty());
  refuse_untested(larger);
}

}  // namespace
}  // namespace paucal::data
