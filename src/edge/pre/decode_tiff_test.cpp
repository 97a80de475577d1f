#include <gmock/gmock.h>
#include <tiffio.h>

#include "base/files.h"
#include "edge/pre/decode.h"
#include "edge/pre/fixtures.h"

namespace paucal::edge {
namespace {

using fixtures::TiffSpec;
using testing::ElementsAre;
using testing::HasSubstr;

// A ramp of values that fill their bits.
TiffSpec ramp(int width, int height, int samples, int bits) {
  TiffSpec spec;
  spec.width = width;
  spec.height = height;
  spec.samples = samples;
  spec.bits = bits;
  spec.photometric = samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  for (int i = 0; i < width * height * samples; ++i)
    spec.values.push_back(static_cast<uint16_t>(i * 2654435761u >> (32 - bits)));
  return spec;
}

Image image_of(const TiffSpec& spec, int depth = 8) {
  const auto image = decode_image(fixtures::tiff({spec}), {.channels = 0, .depth = depth});
  EXPECT_TRUE(image.ok()) << image.failure().message;
  return image.ok() ? *image : Image();
}

std::string tiff_error(const Bytes& bytes, int page = 1) {
  const auto image = decode_image(bytes, {.channels = 0, .page = page});
  return image.ok() ? "" : image.failure().message;
}

TEST(DecodeTiff, EveryDepthComesBack) {
  for (const int bits : {1, 2, 4, 8, 10, 12, 16})
    for (const int samples : {1, 3}) {
      const TiffSpec spec = ramp(37, 23, samples, bits);
      const unsigned white = (1u << bits) - 1;
      const Image image = image_of(spec);
      ASSERT_EQ(image.channels, samples);
      for (size_t i = 0; i < spec.values.size(); ++i)
        ASSERT_EQ(image.pixels[i], (spec.values[i] * 255 + white / 2) / white) << bits << " " << i;
    }
}

TEST(DecodeTiff, FullDepthKeepsEverySample) {
  for (const int samples : {1, 3}) {
    const TiffSpec spec = ramp(37, 23, samples, 16);
    EXPECT_EQ(image_of(spec, 16).deep, spec.values);
  }
  EXPECT_FALSE(image_of(ramp(9, 9, 1, 8), 16).is_deep());
  TiffSpec twelve = ramp(3, 1, 1, 12);
  twelve.values = {0, 2048, 4095};
  EXPECT_THAT(image_of(twelve, 16).deep, ElementsAre(0, 32776, 65535));
}

TEST(DecodeTiff, StripsTilesAndCodings) {
  for (const int coding :
       {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS})
    for (const int tile : {0, 16})
      for (const int bits : {8, 16}) {
        TiffSpec spec = ramp(45, 31, 3, bits);
        spec.compression = coding;
        spec.tile = tile;
        const Image image = image_of(spec, 16);
        if (bits == 16) {
          EXPECT_EQ(image.deep, spec.values) << coding << " " << tile;
        } else {
          EXPECT_EQ(image.pixels, std::vector<uint8_t>(spec.values.begin(), spec.values.end()));
        }
      }
}

TEST(DecodeTiff, PlanesApart) {
  TiffSpec spec = ramp(20, 12, 3, 8);
  const Image together = image_of(spec);
  spec.separate = true;
  EXPECT_EQ(image_of(spec).pixels, together.pixels);
}

TEST(DecodeTiff, MinIsWhiteAndPalette) {
  TiffSpec spec = ramp(3, 1, 1, 8);
  spec.values = {0, 100, 255};
  spec.photometric = PHOTOMETRIC_MINISWHITE;
  EXPECT_THAT(image_of(spec).pixels, ElementsAre(255, 155, 0));
  spec.photometric = PHOTOMETRIC_PALETTE;
  spec.bits = 4;
  spec.values = {0, 1, 2};
  spec.palette = {{0, 0, 0}, {65535, 257, 0}, {25700, 25700, 25700}};
  EXPECT_THAT(image_of(spec).pixels, ElementsAre(0, 0, 0, 255, 1, 0, 100, 100, 100));
  spec.palette = {{0, 0, 0}, {514, 514, 514}, {25700, 25700, 25700}};
  EXPECT_THAT(image_of(spec).pixels, ElementsAre(0, 2, 100));
}

TEST(DecodeTiff, AlphaOverWhite) {
  TiffSpec spec = ramp(2, 1, 4, 8);
  spec.values = {10, 20, 30, 0, 100, 0, 200, 255};
  spec.extra = EXTRASAMPLE_UNASSALPHA;
  EXPECT_THAT(image_of(spec).pixels, ElementsAre(255, 255, 255, 100, 0, 200));
  spec.values = {0, 50, 100, 128, 100, 0, 200, 255};  // premultiplied: + 127 of white
  spec.extra = EXTRASAMPLE_ASSOCALPHA;
  const Image image = image_of(spec);
  EXPECT_NEAR(image.pixels[0], 127, 1);
  EXPECT_NEAR(image.pixels[1], 177, 1);
  EXPECT_NEAR(image.pixels[2], 227, 1);
  spec.extra = EXTRASAMPLE_UNSPECIFIED;
  EXPECT_THAT(image_of(spec).pixels, ElementsAre(0, 50, 100, 100, 0, 200));
}

TEST(DecodeTiff, OrientationIsApplied) {
  TiffSpec spec = ramp(3, 2, 1, 8);
  spec.values = {50, 30, 10, 60, 40, 20};
  spec.orientation = 8;
  const Bytes bytes = fixtures::tiff({spec});
  EXPECT_EQ(probe_image(bytes)->width, 2);
  EXPECT_THAT(decode_image(bytes, {.channels = 0})->pixels, ElementsAre(10, 20, 30, 40, 50, 60));
}

TEST(DecodeTiff, PagesWithoutThumbnails) {
  TiffSpec thumbnail = ramp(2, 2, 1, 8);
  thumbnail.subfile = FILETYPE_REDUCEDIMAGE;
  const Bytes bytes =
      fixtures::tiff({ramp(9, 7, 1, 8), thumbnail, ramp(5, 4, 3, 16), ramp(6, 3, 1, 8)});
  const auto first = probe_image(bytes), second = probe_image(bytes, 2);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->pages, 3);
  EXPECT_EQ(second->width, 5);
  EXPECT_EQ(second->bits, 16);
  EXPECT_EQ(decode_image(bytes, {.page = 3})->width, 6);
  EXPECT_THAT(tiff_error(bytes, 4), HasSubstr("3 pages, expected 4"));
  EXPECT_THAT(tiff_error(bytes, 0), HasSubstr("page 0, expected 1 or more"));
}

TEST(DecodeTiff, NamesWhatItDoesNotRead) {
  TiffSpec spec = ramp(4, 4, 1, 16);
  spec.sample_format = SAMPLEFORMAT_INT;
  EXPECT_THAT(tiff_error(fixtures::tiff({spec})), HasSubstr("signed samples of 16 bits"));
  EXPECT_THAT(unsupported(fixtures::tiff({spec})), HasSubstr("signed samples of 16 bits"));
  TiffSpec five = ramp(4, 4, 5, 8);
  EXPECT_THAT(unsupported(fixtures::tiff({five})), HasSubstr("5 samples a pixel, expected 1 or 3"));
  TiffSpec ink = ramp(4, 4, 4, 8);
  ink.photometric = PHOTOMETRIC_SEPARATED;
  EXPECT_THAT(unsupported(fixtures::tiff({ink})), HasSubstr("CMYK"));
  EXPECT_EQ(unsupported(fixtures::tiff({ramp(4, 4, 1, 8)})), "");
}

TEST(DecodeTiff, EveryTruncationIsAnError) {
  for (const int coding : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE}) {
    TiffSpec spec = ramp(40, 40, 1, 16);
    spec.compression = coding;
    const Bytes whole = fixtures::tiff({spec});
    for (size_t size = 0; size + 2 < whole.size(); size += 1 + size / 16)
      EXPECT_NE(tiff_error(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size))), "")
          << size << " of " << whole.size();
  }
}

TEST(DecodeTiff, ChecksSizeBeforeAllocating) {
  const Bytes whole = fixtures::tiff({ramp(16, 16, 1, 8)});
  Bytes lie = whole;  // the width stands as a SHORT: tag, type, count, value
  for (size_t at = 0; at + 12 <= lie.size(); ++at)
    if (lie[at] == 0x00 && lie[at + 1] == 0x01 && lie[at + 2] == 3 && lie[at + 4] == 1)
      lie[at + 8] = lie[at + 9] = 0xFF;
  EXPECT_THAT(tiff_error(lie),
              testing::AnyOf(HasSubstr("expected more for 65535×16"), HasSubstr("damaged TIFF")));
  EXPECT_THAT(decode_image(whole, {.max_pixels = 255}).failure().message, HasSubstr("16×16"));
}

}  // namespace
}  // namespace paucal::edge
