#include "pipeline/run_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;

class RunFolderTest : public testing::Test {
 protected:
  RunFolderTest() { fs::remove_all(root_); }
  ~RunFolderTest() override { fs::remove_all(root_); }
  fs::path root_ = fs::temp_directory_path() / fmt::format("paucal_run_folder_{}", ::getpid());
};

TEST_F(RunFolderTest, GoesAwayUnlessItIsAccepted) {
  { RunFolder folder(root_ / "a" / "b"); }
  EXPECT_FALSE(fs::exists(root_));
  { RunFolder(root_ / "a" / "b").accept(); }
  EXPECT_TRUE(fs::exists(root_ / "a" / "b"));
  { RunFolder folder(root_ / "a" / "b"); }
  EXPECT_TRUE(fs::exists(root_ / "a" / "b")) << "it was there before";
}

TEST_F(RunFolderTest, LeavesWhatAnotherHasBegunBesideIt) {
  {
    RunFolder folder(root_ / "a" / "b");
    write_text_atomic(root_ / "a" / "c" / "recipe.yaml", "another run");
  }
  EXPECT_FALSE(fs::exists(root_ / "a" / "b"));
  EXPECT_TRUE(fs::exists(root_ / "a" / "c" / "recipe.yaml"));
}

TEST_F(RunFolderTest, IsHeldByOneAlone) {
  RunFolder folder(root_);
  EXPECT_THROW(RunFolder{root_}, Error);
  EXPECT_TRUE(fs::exists(root_));
}

}  // namespace
}  // namespace paucal::pipeline
