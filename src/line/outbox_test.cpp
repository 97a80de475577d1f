#include "line/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "command/test_program.h"

namespace paucal::line {
namespace {

using testing::ElementsAre;

class OutboxTest : public testing::Test {
 protected:
  void append(const std::string& text) {
    std::ofstream(folder_ / "r", std::ios::app | std::ios::binary) << text;
  }
  void append_parts(int from, int to) {
    for (int i = from; i <= to; ++i) append("{\"part\":" + std::to_string(i) + "}\n");
  }
  Outbox open(uint64_t most = 1000) {
    return value_or_throw(Outbox::open(folder_ / "r", "mqtt", most));
  }
  static std::vector<uint32_t> parts(Outbox& outbox, uint32_t newest = 0) {
    std::vector<uint32_t> numbers;
    while (const auto letter = outbox.next(newest)) numbers.push_back(letter->part);
    return numbers;
  }
  const command::TestFolder folder_;
};

TEST_F(OutboxTest, SendsWhatComesFromNowOn) {
  append_parts(1, 3);
  Outbox outbox = open();
  EXPECT_TRUE(outbox.empty());
  append_parts(4, 5);
  EXPECT_FALSE(outbox.empty());
  EXPECT_THAT(parts(outbox), ElementsAre(4, 5));
}

TEST_F(OutboxTest, WhatWasNotAcknowledgedComesAgainInOrder) {
  append("");
  Outbox outbox = open();
  append_parts(1, 4);
  outbox.next(0);
  outbox.acknowledge(*outbox.next(0));
  outbox.next(0);
  outbox.rewind();
  EXPECT_THAT(parts(outbox), ElementsAre(3, 4));
  Outbox later = open();  // after kill -9
  EXPECT_THAT(parts(later), ElementsAre(3, 4));
  EXPECT_THAT(parts(later), ElementsAre());
}

TEST_F(OutboxTest, HalfALineWaitsForItsEnd) {
  append("");
  Outbox outbox = open();
  append("{\"part\":1");
  EXPECT_EQ(outbox.next(0), std::nullopt);
  append(",\"x\":\"" + std::string(200'000, 'x'));
  EXPECT_EQ(outbox.next(0), std::nullopt);
  append("\"}\n{\"part\":2}\n");
  const auto letter = outbox.next(0);
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->part, 1u);
  EXPECT_EQ(letter->text.size(), 200'017u);
  EXPECT_THAT(parts(outbox), ElementsAre(2));
}

TEST_F(OutboxTest, TheOldestAreSkippedWhereTooManyWait) {
  append("");
  Outbox outbox = open(3);
  append_parts(1, 10);
  EXPECT_THAT(parts(outbox, 10), ElementsAre(8, 9, 10));
  EXPECT_EQ(outbox.skipped(), 7u);
  Outbox later = open(3);
  EXPECT_THAT(parts(later, 10), ElementsAre(8, 9, 10));
}

TEST_F(OutboxTest, AnotherResultsFileIsSentFromItsBegin) {
  append("");
  Outbox outbox = open();
  append_parts(1, 5);
  while (const auto letter = outbox.next(0)) outbox.acknowledge(*letter);
  EXPECT_TRUE(outbox.empty());
  std::filesystem::remove(folder_ / "r");
  append_parts(1, 2);
  Outbox later = open();
  EXPECT_THAT(parts(later), ElementsAre(1, 2));
}

TEST_F(OutboxTest, ADamagedPlaceCostsRepetitionsAndNoLine) {
  append_parts(1, 2);
  for (const std::string& text : {std::string("x"), std::string("12345678901234567890123\n"),
                                  "7" + std::string(22, ' ') + "\n"}) {
    write_text_atomic(folder_ / "r.mqtt", text);
    Outbox outbox = open();
    EXPECT_THAT(parts(outbox), ElementsAre(1, 2)) << text;
  }
}

}  // namespace
}  // namespace paucal::line
