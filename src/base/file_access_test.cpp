#include "base/file_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace paucal {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FileAccessTest : public testing::Test {
 protected:
  FileAccessTest() { fs::remove_all(folder_); }
  ~FileAccessTest() override { fs::remove_all(folder_); }

  static Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

  fs::path folder_ = fs::temp_directory_path() /
                     fmt::format("file_access_{}_{}", ::getpid(),
                                 testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(FileAccessTest, ReadsPartsThatAreThere) {
  write_text_atomic(folder_ / "a", "0123456789");
  const auto file = value_or_throw(InputFile::open(folder_ / "a"));
  EXPECT_EQ(file.size(), 10u);
  EXPECT_EQ(*file.read(2, 3), bytes("234"));
  EXPECT_EQ(*file.read(8, ~uint64_t{0}), bytes("89"));
  EXPECT_EQ(*file.read(10, 1), Bytes());
  EXPECT_EQ(*file.read(~uint64_t{0}, ~uint64_t{0}), Bytes());
}

TEST_F(FileAccessTest, OpensRegularFilesOnly) {
  fs::create_directories(folder_);
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(InputFile::open(folder_).failure().message, HasSubstr("not a regular file"));
  EXPECT_THAT(InputFile::open(folder_ / "pipe").failure().message, HasSubstr("not a regular"));
  EXPECT_THAT(InputFile::open(folder_ / "none").failure().message, HasSubstr("No such file"));
}

TEST_F(FileAccessTest, AppearsWhenItIsCommitted) {
  const fs::path path = folder_ / "a";
  const Bytes large(1 << 20, 'x');
  {
    AtomicFile file(path);
    file.append(bytes("head"));
    for (int i = 0; i < 100'000; ++i) file.append(bytes("small "));
    file.append(large);
    file.append(bytes("end"));
    file.overwrite(0, bytes("HEAD"));
    EXPECT_FALSE(fs::exists(path));
    EXPECT_EQ(fs::file_size(file.temporary()), 600'007 + large.size());
    file.commit();
  }
  const std::string text = read_text(path);
  EXPECT_EQ(text.size(), 600'007 + large.size());
  EXPECT_TRUE(text.starts_with("HEADsmall small "));
  EXPECT_TRUE(text.ends_with("xend"));
  { AtomicFile(path).append(large); }
  EXPECT_EQ(read_text(path), text);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(FileAccessTest, WritesWhereverTheNameItselfFits) {
  const fs::path path = folder_ / std::string(255, 'n');
  write_text_atomic(path, "text");
  EXPECT_EQ(read_text(path), "text");
}

TEST_F(FileAccessTest, ReplacesRegularFilesOnly) {
  fs::create_directories(folder_);
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(write_text_atomic(pipe, "text"), Error);
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_THROW(write_text_atomic(folder_, "text"), Error);
  fs::create_symlink(pipe, folder_ / "link");
  EXPECT_THROW(write_text_atomic(folder_ / "link", "text"), Error);
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(FileAccessTest, FollowsLinksAndKeepsTheMode) {
  const fs::path file = folder_ / "far" / "file", link = folder_ / "near" / "link";
  write_text_atomic(file, "old");
  fs::permissions(file, fs::perms(0600));
  fs::create_directories(link.parent_path());
  fs::create_symlink("../far/file", link);
  write_text_atomic(link, "new");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read_text(file), "new");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));

  const fs::path round = folder_ / "round";
  fs::create_symlink("round", round);
  EXPECT_THROW(write_text_atomic(round, "text"), Error);
}

}  // namespace
}  // namespace paucal
