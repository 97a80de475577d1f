#include "line/modbus_frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace paucal::line {
namespace {

using Frame = std::vector<uint8_t>;

Frame frame_of(const Frame& function) {
  Frame frame{0x12, 0x34, 0, 0, 0, static_cast<uint8_t>(function.size() + 1), 0xff};
  frame.insert(frame.end(), function.begin(), function.end());
  return frame;
}

class ModbusFrame : public testing::Test {
 protected:
  Frame ask(const Frame& function) {
    const Frame answer = answer_frame(frame_of(function), {words_, 100, 2, 3});
    EXPECT_EQ(frame_size(answer), answer.size());
    EXPECT_TRUE(std::equal(answer.begin(), answer.begin() + 2, frame_of({}).begin()));
    return Frame(answer.begin() + 7, answer.end());
  }
  std::array<uint16_t, 5> words_{10, 11, 12, 13, 0x1415};
};

TEST_F(ModbusFrame, IsMeasuredBeforeItIsThere) {
  const Frame frame = frame_of({3, 0, 100, 0, 1});
  for (size_t n = 0; n < 6; ++n) EXPECT_EQ(frame_size(std::span(frame).first(n)), 0u);
  for (size_t n = 6; n <= frame.size(); ++n)
    EXPECT_EQ(frame_size(std::span(frame).first(n)), frame.size());
}

TEST_F(ModbusFrame, OfAnotherProtocolOrLengthIsNone) {
  EXPECT_EQ(frame_size(Frame{'G', 'E', 'T', ' ', '/', ' '}), std::nullopt);
  EXPECT_EQ(frame_size(Frame{0, 0, 0, 0, 0, 0}), std::nullopt);
  EXPECT_EQ(frame_size(Frame{0, 0, 0, 0, 0, 1}), std::nullopt);
  EXPECT_EQ(frame_size(Frame{0, 0, 0, 0, 0, 254}), 260u);
  EXPECT_EQ(frame_size(Frame{0, 0, 0, 0, 0, 255}), std::nullopt);
  EXPECT_EQ(frame_size(Frame{0, 0, 0, 0, 255, 255}), std::nullopt);
}

TEST_F(ModbusFrame, Reads) {
  EXPECT_EQ(ask({3, 0, 100, 0, 2}), (Frame{3, 4, 0, 10, 0, 11}));
  EXPECT_EQ(ask({4, 0, 104, 0, 1}), (Frame{4, 2, 0x14, 0x15}));
}

TEST_F(ModbusFrame, WritesWhatIsTheControllersAlone) {
  EXPECT_EQ(ask({6, 0, 102, 1, 2}), (Frame{6, 0, 102, 1, 2}));
  EXPECT_EQ(ask({16, 0, 103, 0, 2, 4, 0, 9, 0, 8}), (Frame{16, 0, 103, 0, 2}));
  EXPECT_EQ(words_, (std::array<uint16_t, 5>{10, 11, 0x102, 9, 8}));
  EXPECT_EQ(ask({6, 0, 101, 1, 2}), (Frame{0x86, 2}));
  // All or nothing.
  EXPECT_EQ(ask({16, 0, 101, 0, 2, 4, 0, 1, 0, 1}), (Frame{0x90, 2}));
  EXPECT_EQ(ask({16, 0, 104, 0, 2, 4, 0, 1, 0, 1}), (Frame{0x90, 2}));
  EXPECT_EQ(words_, (std::array<uint16_t, 5>{10, 11, 0x102, 9, 8}));
}

TEST_F(ModbusFrame, RefusesWhatLiesElsewhereOrContradictsItself) {
  EXPECT_EQ(ask({3, 0, 99, 0, 1}), (Frame{0x83, 2}));
  EXPECT_EQ(ask({3, 0, 104, 0, 2}), (Frame{0x83, 2}));
  EXPECT_EQ(ask({3, 255, 255, 0, 125}), (Frame{0x83, 2}));
  EXPECT_EQ(ask({3, 0, 100, 0, 0}), (Frame{0x83, 3}));
  EXPECT_EQ(ask({3, 0, 100, 0, 126}), (Frame{0x83, 3}));
  EXPECT_EQ(ask({3, 0, 100, 0}), (Frame{0x83, 3}));
  EXPECT_EQ(ask({3, 0, 100, 0, 1, 0}), (Frame{0x83, 3}));
  EXPECT_EQ(ask({16, 0, 102, 0, 2, 2, 0, 9}), (Frame{0x90, 3}));
  EXPECT_EQ(ask({16, 0, 102, 0, 2, 4, 0, 9}), (Frame{0x90, 3}));
  EXPECT_EQ(ask({16, 0, 102, 0}), (Frame{0x90, 3}));
  EXPECT_EQ(ask({1, 0, 100, 0, 1}), (Frame{0x81, 1}));
  EXPECT_EQ(ask({0x2b}), (Frame{0xab, 1}));
}

}  // namespace
}  // namespace paucal::line
