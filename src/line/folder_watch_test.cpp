#include "line/folder_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "command/test_program.h"
#include "line/test_process.h"

namespace paucal::line {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class FolderWatchTest : public testing::Test {
 protected:
  FolderWatchTest() { std::filesystem::create_directories(folder_ / "in"); }
  void watch(milliseconds rest, milliseconds rescan = milliseconds(600'000)) {
    Arrivals known(rest);
    known.judged("old", std::nullopt);
    watch_ = value_or_throw(FolderWatch::open({folder_ / "in", rest, rescan}, known, wake_));
  }
  void rename_in(const std::string& name) {
    write_text_atomic(folder_ / "outside", name);
    std::filesystem::create_directories((folder_ / ("in/" + name)).parent_path());
    std::filesystem::rename(folder_ / "outside", folder_ / ("in/" + name));
  }
  // The first `count` that come.
  std::vector<std::string> take(size_t count) {
    eventually([&] {
      for (const Arrival& arrival : watch_->take()) seen_.push_back(arrival.path);
      return seen_.size() >= count;
    });
    return std::exchange(seen_, {});
  }
  const command::TestFolder folder_;
  const Wake wake_;
  std::unique_ptr<FolderWatch> watch_;
  std::vector<std::string> seen_;
};

TEST_F(FolderWatchTest, FindsWhatIsThereAndWhatComes) {
  write_text_atomic(folder_ / "in/old", "");
  write_text_atomic(folder_ / "in/a", "");
  write_text_atomic(folder_ / "in/left/b", "");
  watch(milliseconds(30));
  EXPECT_THAT(take(2), UnorderedElementsAre("a", "left/b"));
  rename_in("c");
  EXPECT_THAT(take(1), ElementsAre("c"));
  std::ofstream(folder_ / "in/d") << "written in place";
  EXPECT_THAT(take(1), ElementsAre("d"));
}

TEST_F(FolderWatchTest, ARenamedFileDoesNotRest) {
  std::filesystem::create_directories(folder_ / "in/slow");
  watch(std::chrono::hours(1));
  take(0);
  std::ofstream(folder_ / "in/slow/rests") << "x";
  for (const char* name : {"a", "b", "c"}) rename_in(name);
  EXPECT_THAT(take(3), ElementsAre("a", "b", "c"));
}

TEST_F(FolderWatchTest, SeesNewFolders) {
  watch(milliseconds(30));
  take(0);
  for (const char* name : {"left/a", "right/2026/11/b"}) rename_in(name);
  EXPECT_THAT(take(2), UnorderedElementsAre("left/a", "right/2026/11/b"));
  rename_in("right/2026/11/c");
  EXPECT_THAT(take(1), ElementsAre("right/2026/11/c"));
}

TEST_F(FolderWatchTest, IgnoresDotsAndWhatIsNoFile) {
  write_text_atomic(folder_ / "in/.hidden", "");
  write_text_atomic(folder_ / "in/.folder/a", "");
  std::filesystem::create_symlink("nowhere", folder_ / "in/broken");
  std::filesystem::create_directory_symlink(folder_ / "in", folder_ / "in/loop");
  ASSERT_EQ(::mkfifo((folder_ / "in/pipe").c_str(), 0600), 0);
  write_text_atomic(folder_ / "in/a", "");
  watch(milliseconds(30));
  EXPECT_THAT(take(1), ElementsAre("a"));
  rename_in(".b");
  rename_in("b");
  EXPECT_THAT(take(1), ElementsAre("b"));
}

TEST_F(FolderWatchTest, AFolderThatGoesAwayIsSaidAndComesBack) {
  watch(milliseconds(30), milliseconds(20));
  EXPECT_TRUE(watch_->healthy());
  std::filesystem::rename(folder_ / "in", folder_ / "gone");
  EXPECT_TRUE(eventually([&] { return !watch_->healthy(); }));
  std::filesystem::rename(folder_ / "gone", folder_ / "in");
  write_text_atomic(folder_ / "in/a", "");
  EXPECT_THAT(take(1), ElementsAre("a"));
  EXPECT_TRUE(eventually([&] { return watch_->healthy(); })) << "after the next look at all of it";
}

// Drives of a network do not notify.
TEST_F(FolderWatchTest, TheLookAtAllOfItFindsWhatNobodyTold) {
  std::filesystem::create_directories(folder_ / "in/left");
  watch(milliseconds(30), milliseconds(20));
  take(0);
  std::filesystem::create_directories(folder_ / "elsewhere");
  for (int i = 0; i < 5; ++i)  // a hard link closes no file
    write_text_atomic(folder_ / ("elsewhere/" + std::to_string(i)), ""),
        std::filesystem::create_hard_link(folder_ / ("elsewhere/" + std::to_string(i)),
                                          folder_ / ("in/left/" + std::to_string(i)));
  EXPECT_EQ(take(5).size(), 5u);
}

}  // namespace
}  // namespace paucal::line
