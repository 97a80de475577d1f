#include "line/done_folder.h"

#include <gtest/gtest.h>

#include "command/test_program.h"

namespace paucal::line {
namespace {

class DoneFolderTest : public testing::Test {
 protected:
  std::optional<Failure> move(const std::string& path, const std::filesystem::path& to) {
    write_text_atomic(folder_ / ("in/" + path), std::to_string(++written_));
    return move_done(folder_ / "in", path, to);
  }
  const command::TestFolder folder_;
  int written_ = 0;
};

TEST_F(DoneFolderTest, MovesBelowTheSameFoldersAndOverwritesNothing) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(move("left/a.b.jpg", folder_ / "done"), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "in/left/a.b.jpg"));
  EXPECT_EQ(read_text(folder_ / "done/left/a.b.jpg"), "1");
  EXPECT_EQ(read_text(folder_ / "done/left/a.b-1.jpg"), "2");
  EXPECT_EQ(read_text(folder_ / "done/left/a.b-2.jpg"), "3");
}

// A rename does not reach another file system; /dev/shm is the one that nearly every Linux has.
// Where it is missing there is nothing to move to, and the test is skipped.
TEST_F(DoneFolderTest, MovesToAnotherDrive) {
  std::string name = "/dev/shm/paucal_XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) GTEST_SKIP() << "/dev/shm cannot be written";
  const std::filesystem::path other = name;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(move("a.jpg", other), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "in/a.jpg"));
  EXPECT_EQ(read_text(other / "a.jpg"), "1");
  EXPECT_EQ(read_text(other / "a-1.jpg"), "2");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(other), {}), 2);
  std::filesystem::remove_all(other);
}

TEST_F(DoneFolderTest, SaysWhyAFileStays) {
  const auto wrong = move_done(folder_ / "in", "none.jpg", folder_ / "done");
  ASSERT_TRUE(wrong);
  EXPECT_NE(wrong->message.find("none.jpg': not moved to"), std::string::npos);
  EXPECT_NE(wrong->message.find("No such file"), std::string::npos);
  write_text_atomic(folder_ / "file", "");
  EXPECT_TRUE(move("a.jpg", folder_ / "file"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "in/a.jpg"));
}

}  // namespace
}  // namespace paucal::line
