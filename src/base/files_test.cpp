#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/error.h"

namespace paucal {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              fmt::format("files_{}_{}", ::getpid(),
                          testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // All that lies in the folder, hidden or not.
  size_t entries() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(FilesTest, WritesReplaceAndLeaveNoTemporary) {
  const fs::path path = folder_ / "a.txt";
  write_text_atomic(path, "first, and longer");
  write_text_atomic(path, "second");
  EXPECT_EQ(read_text(path), "second");
  EXPECT_EQ(entries(), 1u);
  write_text_atomic(folder_ / "new/deep/b.txt", "");
  EXPECT_EQ(read_text(folder_ / "new/deep/b.txt"), "");
}

TEST_F(FilesTest, FailedWritesLeaveNoTemporary) {
  write_text_atomic(folder_ / "taken/file", "x");  // a folder stands where the file should be
  EXPECT_THROW(write_text_atomic(folder_ / "taken", "y"), Error);
  EXPECT_EQ(entries(), 1u);
  EXPECT_THROW(write_text_atomic(folder_ / "taken/file/below", "y"), Error);
}

TEST_F(FilesTest, ThreadsMayWriteTheSameFile) {
  const fs::path path = folder_ / "shared";
  const auto write = [&](char c) {
    for (int i = 0; i < 20; ++i) write_text_atomic(path, std::string(5000, c));
  };
  std::thread a(write, 'a'), b(write, 'b');
  a.join();
  b.join();
  const std::string text = read_text(path);
  EXPECT_EQ(text, std::string(5000, text[0]));  // one or the other, never a mixture
  EXPECT_EQ(entries(), 1u);
}

TEST_F(FilesTest, ReadsWithinLimitsAndOnlyFiles) {
  write_text_atomic(folder_ / "five", "12345");
  EXPECT_EQ(value_or_throw(read_file(folder_ / "five", 5)).size(), 5u);
  const auto large = read_file(folder_ / "five", 4);
  ASSERT_FALSE(large);
  EXPECT_THAT(large.failure().message, HasSubstr("5 bytes, expected at most 4"));
  EXPECT_THAT(read_file(folder_).failure().message, HasSubstr("not a regular file"));
  EXPECT_THAT(read_file(folder_ / "none").failure().message, HasSubstr("No such file"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(read_file(folder_ / "pipe"));  // and does not wait for a writer
}

TEST_F(FilesTest, ListsSortedWithoutHidden) {
  for (const auto* name :
       {"b.txt", "a/z.txt", "a/Y.txt", "a.txt", ".hidden", ".git/config", "é.txt", "a b/c d.txt"})
    write_text_atomic(folder_ / name, "x");
  EXPECT_THAT(list_files(folder_),
              ElementsAre("a b/c d.txt", "a.txt", "a/Y.txt", "a/z.txt", "b.txt", "é.txt"));
  EXPECT_EQ(list_files(folder_.string() + "/"), list_files(folder_));
}

TEST_F(FilesTest, ListingDoesNotFollowLinksToFolders) {
  write_text_atomic(folder_ / "real/a.txt", "x");
  fs::create_symlink(folder_ / "gone", folder_ / "broken.txt");
  fs::create_directory_symlink(folder_, folder_ / "loop");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  std::vector<std::string> problems;
  EXPECT_THAT(list_files(folder_, &problems), ElementsAre("broken.txt", "pipe", "real/a.txt"));
  EXPECT_TRUE(problems.empty());
  EXPECT_FALSE(read_file(folder_ / "broken.txt").ok());
  EXPECT_FALSE(read_file(folder_ / "pipe").ok()) << "and it must not wait for a writer";
  EXPECT_TRUE(list_files(folder_ / "none", &problems).empty());
  EXPECT_THAT(problems.back(), HasSubstr("No such file"));
}

TEST_F(FilesTest, ListingPassesOverSystemFolders) {
  for (const char* name : {"@eaDir", "__MACOSX", "$RECYCLE.BIN", "lost+found", "#recycle",
                           "System Volume Information"}) {
    write_text_atomic(folder_ / name / "a.txt", "x");
    write_text_atomic(folder_ / "in" / name / "b.txt", "x");
  }
  write_text_atomic(folder_ / "recycled parts/a.txt", "x");
  EXPECT_THAT(list_files(folder_), ElementsAre("recycled parts/a.txt"));
}

TEST_F(FilesTest, JsonErrorsNameTheFile) {
  write_text_atomic(folder_ / "bad.json", "{\"a\": ");
  try {
    read_json(folder_ / "bad.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("bad.json': not valid JSON"));
  }
  write_json(folder_ / "good.json", {{"z", 1}, {"a", "\xff"}});
  EXPECT_EQ(read_text(folder_ / "good.json"), "{\n  \"z\": 1,\n  \"a\": \"\uEFFF\"\n}\n");
  EXPECT_EQ(read_json(folder_ / "good.json"), Json({{"z", 1}, {"a", "\xff"}}));
}

TEST_F(FilesTest, HashesContentByParts) {
  const auto hash = [](auto... parts) {
    Hasher hasher;
    (hasher.add(std::string_view(parts)), ...);
    return hasher.hex();
  };
  EXPECT_NE(hash("ab", "c"), hash("a", "bc"));
  EXPECT_EQ(hash("ab", "c"), hash("ab", "c"));
  write_text_atomic(folder_ / "empty", "");
  // XXH3-128 of nothing, from the specification of xxHash.
  EXPECT_EQ(hash_file(folder_ / "empty"), "99aa06d3014798d86001c324468d497f");
}

TEST(Text, LowerAndTrimAndExtensions) {
  EXPECT_EQ(lower("A-Zé É"), "a-zé É");
  EXPECT_EQ(trim(" \t a b\n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_TRUE(has_image_extension("a/B.JPEG"));
  EXPECT_TRUE(has_image_extension("x.webp"));
  for (const char* name : {"a.jfif", "a.JPE", "a.jif", "a.DCM"})
    EXPECT_TRUE(has_image_extension(name));
  EXPECT_FALSE(has_image_extension("jpg"));
  EXPECT_FALSE(has_image_extension("a.jpg.txt"));
}

}  // namespace
}  // namespace paucal
