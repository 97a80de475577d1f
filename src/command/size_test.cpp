#include "command/size.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace paucal::command {
namespace {

TEST(ParseSize, IsWidthByHeight) {
  EXPECT_EQ(parse_size("640x480"), (std::array{640, 480}));
  EXPECT_EQ(parse_size("1x16384"), (std::array{1, 16384}));
}

TEST(ParseSize, RefusesAnythingElse) {
  for (const char* text : {"", "640", "640x", "x480", "0x480", "640x-1", "640x16385", "640x480x3"})
    EXPECT_THROW(parse_size(text), Error) << text;
}

}  // namespace
}  // namespace paucal::command
