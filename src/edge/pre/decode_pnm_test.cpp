#include <gmock/gmock.h>

#include "base/files.h"
#include "edge/pre/decode.h"

namespace paucal::edge {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;

Result<Image> pnm(std::string_view text, const DecodeOptions& options = {.channels = 0}) {
  return decode_image(Bytes(text.begin(), text.end()), options);
}

std::vector<uint8_t> pnm_pixels(std::string_view text) {
  const auto image = pnm(text);
  EXPECT_TRUE(image.ok()) << (image.ok() ? "" : image.failure().message);
  return image.ok() ? image->pixels : std::vector<uint8_t>();
}

std::string pnm_error(std::string_view text) {
  const auto image = pnm(text);
  return image.ok() ? "" : image.failure().message;
}

TEST(DecodePnm, TextAndBytes) {
  EXPECT_THAT(pnm_pixels("P1\n# made by hand\n3 2\n1 0 1\n010"),
              ElementsAre(0, 255, 0, 255, 0, 255));
  EXPECT_THAT(pnm_pixels("P2 3 1 15\n0 5 15\n"), ElementsAre(0, 85, 255));
  EXPECT_THAT(pnm_pixels("P3 1 2 255 1 2 3 4 5 6"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(pnm_pixels("P4 9 2\n\x80\x80\x7F\x00"sv),
              ElementsAre(0, 255, 255, 255, 255, 255, 255, 255, 0,  //
                          255, 0, 0, 0, 0, 0, 0, 0, 255));
  EXPECT_THAT(pnm_pixels("P5 3 1 255\n\x00\x01\xFF"sv), ElementsAre(0, 1, 255));
  EXPECT_THAT(pnm_pixels("P6 1 1 # x\n 255\n\x01\x02\x03"sv), ElementsAre(1, 2, 3));
}

TEST(DecodePnm, SixteenBits) {
  constexpr auto kTwelve = "P5 3 1 4095\n\x00\x00\x08\x00\x0F\xFF"sv;
  EXPECT_THAT(pnm_pixels(kTwelve), ElementsAre(0, 128, 255));
  EXPECT_THAT(pnm(kTwelve, {.channels = 1, .depth = 16})->deep, ElementsAre(0, 32776, 65535));
  constexpr auto kFull = "P5 2 1 65535\n\x00\x14\x12\x34"sv;
  EXPECT_THAT(pnm(kFull, {.channels = 1, .depth = 16})->deep, ElementsAre(20, 0x1234));
  EXPECT_THAT(pnm(kFull, {.channels = 1, .bits = 13, .depth = 16})->deep, ElementsAre(160, 37284));
  DecodeNotes notes;
  ASSERT_TRUE(decode_image(Bytes(kTwelve.begin(), kTwelve.end()), {}, &notes).ok());
  EXPECT_EQ(notes.largest_of_16, 4095);
  EXPECT_EQ(notes.full_of_16, 4095);
}

TEST(DecodePnm, DamageIsNamed) {
  EXPECT_THAT(pnm_error("P5 3 1 255\n\x00\x01"sv), HasSubstr("expected at least 14 for 3×1"));
  EXPECT_THAT(pnm_error("P5 3 1 100\n\x00\x01\x65"sv), HasSubstr("a value of 101"));
  EXPECT_THAT(pnm_error("P2 2 1 255\n1 256"), HasSubstr("no value of 0 to 255 at byte"));
  EXPECT_THAT(pnm_error("P5 0 1 255\n"), HasSubstr("no size"));
  EXPECT_THAT(pnm_error("P5 1 1 65536\n1"), HasSubstr("no largest value"));
  EXPECT_THAT(pnm_error("P5 12000 12000 255\n1"), HasSubstr("expected at least 144000019"));
  EXPECT_THAT(pnm_error("P5 99999999999 1 255\n1"), HasSubstr("no size"));
}

TEST(DecodePnm, IsNoText) {
  EXPECT_THAT(pnm_error("P5 was a good year"), HasSubstr("look like text"));
}

}  // namespace
}  // namespace paucal::edge
