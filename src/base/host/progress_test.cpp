#include "base/host/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <unistd.h>

#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/host/log_file.h"

namespace paucal {
namespace {

using testing::HasSubstr;

TEST(Progress, InAPipePrintsPlainLines) {
  testing::internal::CaptureStderr();  // a file: no terminal
  log::init("info");
  {
    Progress progress("decode", 2000);
    std::thread other([&] {
      for (int i = 0; i < 1000; ++i) progress.advance();
    });
    for (int i = 0; i < 1000; ++i) progress.advance(1, "loss 0.5");
    other.join();
    progress.set(2000, "end");
    log::info("a message between");
  }
  { const Progress unused("never begun", 5); }
  const std::string text = testing::internal::GetCapturedStderr();
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c != 0x7f)) << int(c);
  EXPECT_THAT(text, HasSubstr("decode: 2000/2000"));
  EXPECT_THAT(text, HasSubstr("end"));
  EXPECT_THAT(text, testing::Not(HasSubstr("never begun")));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);  // short work: its end, and the message
}

TEST(Progress, SurvivesOddTotals) {
  testing::internal::CaptureStderr();
  log::init("info");
  {
    Progress empty("empty", 0);
    empty.advance();
    Progress negative("negative", -3);
    negative.set(7);
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("empty: 1  "));
}

TEST(Log, RefusesUnknownLevels) {
  EXPECT_THROW(log::init("loud"), Error);
}

TEST(Log, KeepsARunsLogInItsFile) {
  const auto path =
      std::filesystem::temp_directory_path() / fmt::format("log_test_{}.txt", ::getpid());
  testing::internal::CaptureStderr();
  log::init("info");
  const auto other = std::make_shared<spdlog::sinks::null_sink_mt>();
  spdlog::default_logger()->sinks().push_back(other);
  {
    const log::LogFile file(path);
    log::info("kept {}", 1);
    log::debug("too fine");
  }
  log::info("not kept");
  testing::internal::GetCapturedStderr();
  const std::string text = read_text(path);
  EXPECT_THAT(text, HasSubstr("kept 1\n"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_EQ(spdlog::default_logger()->sinks().back(), other) << "it is somebody else's";
  spdlog::default_logger()->sinks().pop_back();
  EXPECT_THROW(log::LogFile(path / "below_a_file"), Error);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace paucal
