#include "train/jsonl.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "base/error.h"
#include "base/files.h"

namespace paucal::train {
namespace {
namespace fs = std::filesystem;

class JsonLinesTest : public testing::Test {
 protected:
  JsonLinesTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~JsonLinesTest() override { fs::remove_all(folder_); }
  void write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }

  fs::path folder_ = fs::path(testing::TempDir()) / "paucal_jsonl";
  fs::path path_ = folder_ / "metrics.jsonl";
};

TEST_F(JsonLinesTest, EachLineIsThereAtOnce) {
  JsonLines lines(folder_ / "new" / "metrics.jsonl");
  EXPECT_EQ(read_text(lines.path()), "");
  lines.append({{"step", 1}, {"loss", 0.5}});
  EXPECT_EQ(read_text(lines.path()), "{\"step\":1,\"loss\":0.5}\n");
  lines.append({{"step", 2}, {"loss", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_EQ(read_text(lines.path()), "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":null}\n");
}

TEST_F(JsonLinesTest, AnOldFileIsContinued) {
  write("{\"step\":1}\n");
  JsonLines(path_).append({{"step", 2}});
  EXPECT_EQ(read_text(path_), "{\"step\":1}\n{\"step\":2}\n");
}

TEST_F(JsonLinesTest, ALineCutShortIsDroppedSoThatTheNextStandsAlone) {
  write("{\"step\":1}\n{\"step\":2,\"lo");
  JsonLines(path_).append({{"step", 2}});
  EXPECT_EQ(read_text(path_), "{\"step\":1}\n{\"step\":2}\n");
  write("{\"st");  // no whole line at all
  JsonLines lines(path_);
  EXPECT_EQ(read_text(path_), "");
}

TEST_F(JsonLinesTest, ResumingDropsLaterSteps) {
  write("{\"run\":\"a\"}\n{\"step\":9}\n{\"step\":10}\n{\"step\":11}\n{\"step\":12}\n");
  JsonLines lines(path_);
  lines.truncate_after(10);
  EXPECT_EQ(read_text(path_), "{\"run\":\"a\"}\n{\"step\":9}\n{\"step\":10}\n");
  lines.truncate_after(-1);
  EXPECT_EQ(read_text(path_), "{\"run\":\"a\"}\n");
}

TEST_F(JsonLinesTest, ABrokenLineInTheMiddleIsNamed) {
  write("{\"step\":1}\nnonsense\n{\"step\":2}\n");
  JsonLines lines(path_);
  try {
    lines.truncate_after(1);
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("line 2"), std::string::npos) << error.what();
  }
  EXPECT_EQ(read_text(path_), "{\"step\":1}\nnonsense\n{\"step\":2}\n");
}

TEST_F(JsonLinesTest, AFolderInTheWayIsAnError) {
  fs::create_directories(path_);
  EXPECT_THROW(JsonLines{path_}, Error);
}

}  // namespace
}  // namespace paucal::train
