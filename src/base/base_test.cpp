// Small things: checksums, errors, results, names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/evenly.h"
#include "base/options.h"

namespace paucal {
namespace {

std::span<const uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(Crc32c, MatchesTheStandard) {
  EXPECT_EQ(crc32c(bytes("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c({}), 0u);
  EXPECT_EQ(crc32c(std::vector<uint8_t>(32, 0x00)), 0x8a9136aau);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::vector<uint8_t>(32, 0xff)), 0x62a8ab43u);
  EXPECT_EQ(crc32c(bytes("56789"), crc32c(bytes("1234"))), 0xe3069283u);
}

TEST(Evenly, CoversTheWholeListInItsOrder) {
  const std::vector<int> items = {0, 1, 2, 3, 4, 5, 6};
  EXPECT_EQ(evenly(items, 3), (std::vector<int>{0, 2, 4}));
  EXPECT_EQ(evenly(items, 6), (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(evenly(items, 7), items);
  EXPECT_EQ(evenly(items, 9), items);
  EXPECT_TRUE(evenly(items, 0).empty());
}

TEST(Error, TellsPlaceValueAndExpectation) {
  try {
    fail("decode", "'{}': {} bytes, expected JPEG or PNG", "a.jpg", 0);
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[decode] 'a.jpg': 0 bytes, expected JPEG or PNG");
    EXPECT_EQ(error.place(), "decode");
    EXPECT_EQ(error.message(), "'a.jpg': 0 bytes, expected JPEG or PNG");
  }
}

TEST(Result, HoldsAValueOrItsFailure) {
  const Result<int> good = 3;
  EXPECT_TRUE(good);
  EXPECT_EQ(*good, 3);
  const Result<int> bad = failure("here", "found {}", 4);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.failure().message, "found 4");
  EXPECT_THROW(value_or_throw(bad), Error);
  EXPECT_EQ(value_or_throw(Result<std::string>(std::string("x"))), "x");
}

TEST(Names, AreRankedByLikeness) {
  const std::vector<std::string> known = {"fixmatch", "flexmatch", "supervised", "train.ema"};
  EXPECT_THAT(nearest_names("fixmatsh", known), testing::ElementsAre("fixmatch", "flexmatch"));
  EXPECT_THAT(nearest_names("ema", known), testing::Contains("train.ema"));
  EXPECT_TRUE(nearest_names("x", {}).empty());
  try {
    fail_unknown("cli", "method", "fixmatsh", known);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("(known: fixmatch, flexmatch, supervised"));
  }
}

}  // namespace
}  // namespace paucal
