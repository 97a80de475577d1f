#include "line/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command/test_program.h"

namespace paucal::line {
namespace {

using testing::HasSubstr;

class LineOptionsTest : public testing::Test {
 protected:
  LineOptionsTest() {
    std::filesystem::create_directories(folder_ / "in");
    options_.in = (folder_ / "in").string();
    options_.model = "m.paucal";
    options_.out = (folder_ / "r.jsonl").string();
  }
  std::string refusal() const {
    const auto wrong = check(options_);
    return wrong ? wrong->message : "";
  }
  const command::TestFolder folder_;
  LineOptions options_;
};

TEST_F(LineOptionsTest, TheLeastIsAFolderAndAModel) {
  EXPECT_EQ(refusal(), "");
}

TEST_F(LineOptionsTest, WhatTheLineWritesMustNotBecomeAPart) {
  options_.out = (folder_ / "in/deep/../r.jsonl").string();
  EXPECT_THAT(refusal(), HasSubstr("--out"));
  options_.out = (folder_ / "r.jsonl").string();
  std::filesystem::create_directory_symlink(folder_ / "in", folder_ / "link");
  options_.done = (folder_ / "link/done").string();
  EXPECT_THAT(refusal(), HasSubstr("--done"));
  options_.done = (folder_ / "in2").string();
  EXPECT_EQ(refusal(), "");
}

TEST_F(LineOptionsTest, NamesTheFlagThatIsWrong) {
  LineOptions good = options_;
  const auto refused = [&](auto change) {
    options_ = good;
    change();
    return refusal();
  };
  EXPECT_THAT(refused([&] { options_.in = "/none"; }),
              HasSubstr("--in '/none': expected a folder"));
  EXPECT_THAT(refused([&] { options_.model = ""; }), HasSubstr("neither --model nor --recipes"));
  EXPECT_THAT(refused([&] { options_.modbus = "plc"; }), HasSubstr("--modbus 'plc'"));
  EXPECT_THAT(refused([&] { options_.modbus = options_.modbus_listen = "a:1"; }),
              HasSubstr("expected one of them"));
  EXPECT_THAT(refused([&] { options_.mqtt = "a:b"; }), HasSubstr("--mqtt 'a:b'"));
  EXPECT_THAT(refused([&] { options_.mqtt_topic = "a/#"; }), HasSubstr("--mqtt-topic 'a/#'"));
  EXPECT_THAT(refused([&] { options_.webhook = "ftp://a"; }), HasSubstr("--webhook 'ftp://a'"));
}

}  // namespace
}  // namespace paucal::line
