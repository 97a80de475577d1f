// A short deterministic fuzz run, for every build; decode_fuzz.cpp is the long one.
#include <gtest/gtest.h>
#include <png.h>
#include <tiffio.h>

#include <string_view>

#include "base/random.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "edge/pre/fixtures.h"

namespace paucal::edge {
namespace {

std::vector<Bytes> seeds() {
  using namespace fixtures;
  using namespace std::string_view_literals;
  const Image image = gradient(24, 17);
  PngSpec rgba;
  rgba.width = rgba.height = 8;
  rgba.colour_type = PNG_COLOR_TYPE_RGB_ALPHA;
  rgba.bits = 16;
  rgba.sbit = 12;
  rgba.interlaced = true;
  rgba.exif = exif(7);
  for (int i = 0; i < 256; ++i) rgba.samples.push_back(i * 15);
  TiffSpec lines, tiles;
  lines.width = lines.height = 13;
  lines.bits = 12;
  for (int i = 0; i < 13 * 13; ++i) lines.values.push_back(i * 24);
  tiles = lines;
  tiles.bits = 8;
  tiles.samples = 3;
  tiles.photometric = PHOTOMETRIC_RGB;
  tiles.tile = 16;
  tiles.compression = COMPRESSION_ADOBE_DEFLATE;
  for (int i = 0; i < 2 * 13 * 13; ++i) tiles.values.push_back(i % 256);
  for (uint16_t& value : tiles.values) value %= 256;
  TiffSpec lzw = tiles;
  lzw.tile = 0;
  lzw.separate = true;
  lzw.compression = COMPRESSION_LZW;
  DicomSpec slices, rle, lossless;
  slices.width = slices.height = 9;
  slices.bits = 12;
  slices.frames = 2;
  slices.centre = "500";
  slices.window_width = "900";
  for (int i = 0; i < 2 * 81; ++i) slices.values.push_back(i * 25);
  rle = lossless = slices;
  rle.syntax = "1.2.840.10008.1.2.5";
  lossless.syntax = "1.2.840.10008.1.2.4.70";
  const auto bytes = [](std::string_view text) { return Bytes(text.begin(), text.end()); };
  return {tiff({lines}),
          tiff({tiles, lines}),
          tiff({lzw}),
          dicom(slices),
          dicom(rle),
          dicom(lossless),
          bytes("BM\x48\0\0\0\0\0\0\0\x3E\0\0\0\x28\0\0\0\2\0\0\0\2\0\0\0\1\0\x08\0"
                "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xFF\0"
                "\2\1\0\0\1\1\1\0\0\1"sv),
          bytes("BM\x3E\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0\1\0\0\0\1\0\x20\0"
                "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\4\5\6\7\x08"sv),
          bytes("P2 4 2 300 1 2 3 4 # and\n 5 6 7 300"),
          bytes("P6 2 2 1000\n\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4"sv),
          *encode_jpeg(image),
          with_exif_jpeg(*encode_jpeg(image, 50), exif(5)),
          jpeg(image, {}),
          jpeg(image, {JpegSpec::kYcck}),
          *encode_png(image),
          png(rgba),
          webp(image, true),
          with_exif_webp(webp(image, false), exif(3), image.width, image.height)};
}

Bytes mutated(const std::vector<Bytes>& seeds, Random& random) {
  Bytes bytes = seeds[random.below(static_cast<int64_t>(seeds.size()))];
  const auto place = [&](const Bytes& of) { return random.below(static_cast<int64_t>(of.size())); };
  switch (random.below(3)) {
    case 0:  // flip bits
      for (int64_t n = random.between(1, 8); n > 0; --n)
        bytes[place(bytes)] ^= static_cast<uint8_t>(1 << random.below(8));
      break;
    case 1:  // cut
      bytes.resize(place(bytes));
      break;
    default: {  // splice a piece of another file over it
      const Bytes& other = seeds[random.below(static_cast<int64_t>(seeds.size()))];
      const int64_t from = place(other);
      const int64_t to = place(bytes);
      const int64_t room = std::min(std::ssize(other) - from, std::ssize(bytes) - to);
      std::copy_n(other.begin() + from, random.between(1, room), bytes.begin() + to);
    }
  }
  return bytes;
}

TEST(DecodeMutations, GiveAnImageOrAFailure) {
  const std::vector<Bytes> originals = seeds();
  int decoded = 0;
  for (int i = 0; i < 2000; ++i) {
    Random random(17, 0, i);
    const Bytes bytes = mutated(originals, random);
    const auto info = probe_image(bytes);
    const auto image =
        decode_image(bytes, {.channels = 3, .max_pixels = 1 << 20, .depth = i % 2 ? 16 : 8});
    if (!image.ok()) {
      EXPECT_FALSE(image.failure().message.empty());
      continue;
    }
    ++decoded;
    ASSERT_TRUE(info.ok()) << i;
    EXPECT_EQ(image->width, info->width);
    EXPECT_EQ(image->height, info->height);
    EXPECT_EQ(image->pixels.size(), size_t{3} * image->width * image->height);
  }
  // Most mutations break the file, yet some must reach the far end of the decoders.
  EXPECT_GT(decoded, 50);
  EXPECT_LT(decoded, 1700);
}

}  // namespace
}  // namespace paucal::edge
