#include "line/results_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "command/test_program.h"

namespace paucal::line {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ResultLine line_of(uint32_t part) {
  ResultLine line;
  line.part = part;
  line.path = "left/a \xc1.jpg";
  line.station = "left";
  line.verdict = "NG";
  line.probability_ng = .75;
  line.model = "screws";
  line.version = 3;
  line.ms = 12.5;
  line.at = "2026-11-30T12:00:00.123Z";
  line.recipe = 4;
  line.boxes = Json::array();
  line.file = Stamp{100, 1'790'000'000'123'456'789};
  return line;
}

TEST(ResultLine, ComesBackAsItWas) {
  const std::string text = to_text(line_of(7));
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_THAT(text, testing::StartsWith("{\"part\":7,"));
  const auto line = parse_result_line(text.substr(0, text.size() - 1));
  ASSERT_TRUE(line.ok()) << line.failure().message;
  EXPECT_EQ(line->path, "left/a \xc1.jpg");
  EXPECT_EQ(line->file, line_of(7).file);
  EXPECT_EQ(line->recipe, 4);
  EXPECT_EQ(to_text(*line), text);
}

TEST(ResultLine, WithoutAPredictionHasNoProbability) {
  ResultLine line = line_of(1);
  line.probability_ng.reset();
  line.reason = "late";
  EXPECT_THAT(to_text(line), HasSubstr("\"probability_ng\":null,\"reason\":\"late\""));
  EXPECT_EQ(parse_result_line(to_text(line))->probability_ng, std::nullopt);
}

TEST(ResultLine, RefusesWhatIsNone) {
  for (const char* text : {"", "{}", "[1]", "{\"part\":1}", "{\"part\":\"x\",\"path\":\"a\"}",
                           "{\"part\":1,\"path\":\"a\",\"verdict\":\"OK\",\"ms\":\"x\"}"})
    EXPECT_FALSE(parse_result_line(text).ok()) << text;
}

class ResultsFileTest : public testing::Test {
 protected:
  std::unique_ptr<ResultsFile> open() {
    known_.clear();
    return value_or_throw(ResultsFile::open(folder_ / "r.jsonl",
                                            [&](ResultLine line) { known_.push_back(line.part); }));
  }
  void write(const std::string& text) {
    std::ofstream(folder_ / "r.jsonl", std::ios::binary | std::ios::app) << text;
  }
  const command::TestFolder folder_;
  std::vector<uint32_t> known_;
};

TEST_F(ResultsFileTest, RemembersWhatWasWritten) {
  {
    const auto results = open();
    EXPECT_EQ(results->last_part(), 0u);
    EXPECT_EQ(results->append(to_text(line_of(1))), std::nullopt);
    EXPECT_EQ(results->append(to_text(line_of(2))), std::nullopt);
  }
  EXPECT_EQ(open()->last_part(), 2u);
  EXPECT_THAT(known_, ElementsAre(1, 2));
}

TEST_F(ResultsFileTest, CutsAHalfLastLine) {
  const std::string first = to_text(line_of(1)), second = to_text(line_of(2));
  for (size_t cut = 0; cut < second.size(); ++cut) {
    std::ofstream(folder_ / "r.jsonl", std::ios::binary) << first + second.substr(0, cut);
    const auto results = open();
    EXPECT_THAT(known_, ElementsAre(1));
    EXPECT_EQ(results->append(second), std::nullopt);
    EXPECT_EQ(read_text(folder_ / "r.jsonl"), first + second);
  }
}

TEST_F(ResultsFileTest, PassesOverLinesThatCannotBeRead) {
  write(to_text(line_of(1)) + "garbage\n\n" + to_text(line_of(5)) + to_text(line_of(3)));
  const auto results = open();
  EXPECT_THAT(known_, ElementsAre(1, 5, 3));
  EXPECT_EQ(results->last_part(), 5u);
  EXPECT_EQ(results->unreadable(), 2u);
}

TEST_F(ResultsFileTest, ReadsLinesLongerThanItsBuffer) {
  ResultLine line = line_of(1);
  line.error = std::string(3 << 20, 'x');
  write(to_text(line) + to_text(line_of(2)));
  open();
  EXPECT_THAT(known_, ElementsAre(1, 2));
}

TEST_F(ResultsFileTest, IsOfOneLineAlone) {
  const auto first = open();
  const auto second = ResultsFile::open(folder_ / "r.jsonl", [](ResultLine) {});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.failure().message, HasSubstr("another line writes it"));
}

// As a full disk would: the system takes a part of what is written.
TEST_F(ResultsFileTest, WhatDoesNotFitLeavesNoHalfLine) {
  const auto results = open();
  const std::string text = to_text(line_of(1));
  ASSERT_EQ(results->append(text), std::nullopt);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit tight = before;
  tight.rlim_cur = text.size() + 20;
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const auto wrong = results->append(text);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(wrong);
  EXPECT_EQ(read_text(folder_ / "r.jsonl"), text);
  EXPECT_EQ(results->append(text), std::nullopt);
  EXPECT_EQ(read_text(folder_ / "r.jsonl"), text + text);
}

}  // namespace
}  // namespace paucal::line
