#include "edge/pre/decode.h"

#include <gmock/gmock.h>
#include <png.h>

#include <cstdlib>

#include "edge/pre/channels.h"
#include "edge/pre/encode.h"
#include "edge/pre/fixtures.h"

namespace paucal::edge {
namespace {

using fixtures::gradient;
using fixtures::JpegSpec;
using fixtures::PngSpec;
using testing::HasSubstr;

int largest_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) return 1000;
  int largest = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i)
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

Image decoded(const Bytes& bytes, int channels = 0) {
  const Result<Image> image = decode_image(bytes, {.channels = channels});
  EXPECT_TRUE(image.ok()) << image.failure().message;
  return image.ok() ? *image : Image();
}

std::string error_of(const Bytes& bytes, const DecodeOptions& options = {}) {
  const Result<Image> image = decode_image(bytes, options);
  EXPECT_FALSE(image.ok());
  return image.ok() ? "" : image.failure().message;
}

PngSpec grey_png(int bits, std::vector<uint16_t> samples) {
  PngSpec spec;
  spec.width = static_cast<int>(samples.size());
  spec.height = 1;
  spec.bits = bits;
  spec.colour_type = PNG_COLOR_TYPE_GRAY;
  spec.samples = std::move(samples);
  return spec;
}

TEST(Decode, PngComesBackExactly) {
  for (int channels : {1, 3}) {
    const Image image = gradient(37, 23, channels);
    EXPECT_EQ(decoded(*encode_png(image)).pixels, image.pixels);
    EXPECT_EQ(decoded(*encode_png(image), 1).pixels, with_channels(image, 1).pixels);
    EXPECT_EQ(decoded(*encode_png(image), 3).pixels, with_channels(image, 3).pixels);
  }
}

TEST(Decode, JpegComesBackNearly) {
  for (int channels : {1, 3}) {
    const Image image = gradient(61, 43, channels);
    EXPECT_LE(largest_difference(decoded(*encode_jpeg(image, 98)), image), 4);
    EXPECT_LE(largest_difference(decoded(*encode_jpeg(image, 98), 1), with_channels(image, 1)), 4);
    EXPECT_LE(largest_difference(decoded(*encode_jpeg(image, 98), 3), with_channels(image, 3)), 4);
  }
}

TEST(Decode, WebpComesBack) {
  const Image image = gradient(40, 30);
  EXPECT_EQ(decoded(fixtures::webp(image, true)).pixels, image.pixels);
  EXPECT_LE(largest_difference(decoded(fixtures::webp(image, false)), image), 12);
  EXPECT_EQ(decoded(fixtures::webp(image, true), 1).pixels, with_channels(image, 1).pixels);
}

TEST(Decode, ProbeReadsTheHeaderAlone) {
  Bytes png = *encode_png(gradient(300, 200, 1));
  png.resize(64);
  const auto info = probe_image(png);
  ASSERT_TRUE(info.ok()) << info.failure().message;
  EXPECT_EQ(info->width, 300);
  EXPECT_EQ(info->height, 200);
  EXPECT_EQ(info->channels, 1);
  EXPECT_EQ(info->bits, 8);
  EXPECT_EQ(info->format, "PNG");
}

TEST(Decode, CmykBecomesRgbInEveryDialect) {
  const Image image = gradient(32, 24);
  for (const auto kind : {JpegSpec::kCmyk, JpegSpec::kCmykAdobe, JpegSpec::kYcck})
    EXPECT_LE(largest_difference(decoded(fixtures::jpeg(image, {kind})), image), 12) << kind;
  const Bytes cmyk = fixtures::jpeg(image, {JpegSpec::kYcck});
  EXPECT_LE(largest_difference(decoded(cmyk, 1), with_channels(image, 1)), 6);
}

TEST(Decode, ProgressiveJpeg) {
  const Image image = gradient(64, 48);
  EXPECT_LE(largest_difference(decoded(fixtures::jpeg(image, {})), image), 12);
}

TEST(Decode, RefusesScanBombs) {
  const Bytes bomb = fixtures::jpeg(gradient(16, 16), {JpegSpec::kProgressive, 150});
  EXPECT_THAT(error_of(bomb), HasSubstr("more than 100 scans"));
  const Bytes many = fixtures::jpeg(gradient(16, 16), {JpegSpec::kProgressive, 90});
  EXPECT_TRUE(decode_image(many).ok());
}

// What each orientation means, spelled out on a 2×3 image whose pixels are told apart: the picture
// as stored, so that turning it gives 10 20 / 30 40 / 50 60.
TEST(Decode, EveryExifOrientation) {
  const std::vector<std::vector<uint8_t>> stored = {
      {10, 20, 30, 40, 50, 60}, {20, 10, 40, 30, 60, 50}, {60, 50, 40, 30, 20, 10},
      {50, 60, 30, 40, 10, 20}, {10, 30, 50, 20, 40, 60}, {20, 40, 60, 10, 30, 50},
      {60, 40, 20, 50, 30, 10}, {50, 30, 10, 60, 40, 20}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const bool swapped = orientation >= 5;
    PngSpec spec = grey_png(8, {});
    spec.width = swapped ? 3 : 2;
    spec.height = swapped ? 2 : 3;
    spec.samples.assign(stored[orientation - 1].begin(), stored[orientation - 1].end());
    spec.exif = fixtures::exif(orientation, orientation % 2 == 0);
    const Bytes png = fixtures::png(spec);
    const Image image = decoded(png);
    EXPECT_EQ(image.width, 2);
    EXPECT_EQ(image.height, 3);
    EXPECT_THAT(image.pixels, testing::ElementsAre(10, 20, 30, 40, 50, 60)) << orientation;
    const auto info = probe_image(png);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->width, 2);
    EXPECT_EQ(info->orientation, orientation);
  }
}

TEST(Decode, OrientationInJpegAndWebp) {
  const Image upright = gradient(48, 32);
  const Image stored = oriented(upright, 8);  // 6 undoes 8
  const Bytes exif = fixtures::exif(6);
  const Bytes jpeg = fixtures::with_exif_jpeg(*encode_jpeg(stored, 98), exif);
  EXPECT_LE(largest_difference(decoded(jpeg), upright), 4);
  const Bytes webp =
      fixtures::with_exif_webp(fixtures::webp(stored, true), exif, stored.width, stored.height);
  EXPECT_EQ(decoded(webp).pixels, upright.pixels);
}

TEST(Decode, DamagedExifMeansUpright) {
  const Bytes jpeg = *encode_jpeg(gradient(16, 8));
  const Bytes good = fixtures::exif(6);
  for (size_t size = 0; size < good.size() - 6; ++size) {
    const Bytes cut(good.begin(), good.begin() + size);
    EXPECT_EQ(decoded(fixtures::with_exif_jpeg(jpeg, cut)).width, 16) << size;
  }
  Bytes far = good;
  far[7] = 0xFF;  // the directory lies 4 GB away
  EXPECT_EQ(decoded(fixtures::with_exif_jpeg(jpeg, far)).width, 16);
  EXPECT_EQ(decoded(fixtures::with_exif_jpeg(jpeg, fixtures::exif(9))).width, 16);
}

TEST(Decode, GreyPngOfEveryDepth) {
  EXPECT_THAT(decoded(fixtures::png(grey_png(1, {0, 1}))).pixels, testing::ElementsAre(0, 255));
  EXPECT_THAT(decoded(fixtures::png(grey_png(2, {0, 1, 3}))).pixels,
              testing::ElementsAre(0, 85, 255));
  EXPECT_THAT(decoded(fixtures::png(grey_png(4, {0, 1, 15}))).pixels,
              testing::ElementsAre(0, 17, 255));
  // 16 bits round to the nearest: 128 · 255 / 65535 = 0.498, 129 → 0.502.
  EXPECT_THAT(decoded(fixtures::png(grey_png(16, {0, 128, 129, 32768, 65535}))).pixels,
              testing::ElementsAre(0, 0, 1, 128, 255));
}

TEST(Decode, TwelveBitsInSixteen) {
  // As cameras write it, right-aligned: sBIT says how far the scale goes.
  PngSpec camera = grey_png(16, {0, 1003, 2047, 4095});
  EXPECT_THAT(decoded(fixtures::png(camera)).pixels, testing::ElementsAre(0, 4, 8, 16));
  camera.sbit = 12;
  EXPECT_THAT(decoded(fixtures::png(camera)).pixels, testing::ElementsAre(0, 62, 127, 255));
  // As the specification has it, scaled up to 16 bits: dark stays dark.
  PngSpec shifted = grey_png(16, {0, 16 * 10, 16 * 200, 16 * 255});
  shifted.sbit = 12;
  EXPECT_THAT(decoded(fixtures::png(shifted)).pixels, testing::ElementsAre(0, 1, 12, 16));
}

TEST(Decode, PaletteAndInterlace) {
  PngSpec spec;
  spec.width = spec.height = 9;
  spec.colour_type = PNG_COLOR_TYPE_PALETTE;
  spec.bits = 2;
  spec.interlaced = true;
  spec.palette = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}};
  for (int i = 0; i < 81; ++i) spec.samples.push_back(i % 3);
  const Image image = decoded(fixtures::png(spec));
  ASSERT_EQ(image.channels, 3);
  for (int i = 0; i < 81; ++i) EXPECT_EQ(image.at(i % 9, i / 9, i % 3), 255) << i;
}

TEST(Decode, AlphaIsCompositedOverWhite) {
  PngSpec spec = grey_png(8, {});
  spec.colour_type = PNG_COLOR_TYPE_RGB_ALPHA;
  spec.width = 3;
  spec.samples = {0, 0, 0, 0, 100, 0, 200, 255, 0, 100, 200, 128};
  const std::vector<uint8_t> over_white = {255, 255, 255, 100, 0, 200, 127, 177, 227};
  EXPECT_EQ(decoded(fixtures::png(spec)).pixels, over_white);
  EXPECT_EQ(
      decoded(fixtures::webp_rgba(3, 1, {1, 1, 1, 0, 100, 0, 200, 255, 0, 100, 200, 128})).pixels,
      over_white);

  PngSpec key = grey_png(8, {7, 8});
  key.transparent = 7;
  EXPECT_THAT(decoded(fixtures::png(key)).pixels, testing::ElementsAre(255, 8));

  PngSpec palette = spec;
  palette.colour_type = PNG_COLOR_TYPE_PALETTE;
  palette.width = 2;
  palette.palette = {{9, 9, 9}, {0, 100, 200}};
  palette.palette_alpha = {0};
  palette.samples = {0, 1};
  EXPECT_THAT(decoded(fixtures::png(palette)).pixels,
              testing::ElementsAre(255, 255, 255, 0, 100, 200));
}

TEST(Decode, EveryTruncationIsAnError) {
  const Image image = gradient(40, 40);
  for (const Bytes& whole : {*encode_jpeg(image), fixtures::jpeg(image, {}), *encode_png(image),
                             fixtures::webp(image, true), fixtures::webp(image, false)}) {
    ASSERT_TRUE(decode_image(whole).ok());
    const bool is_webp = whole[0] == 'R';
    const size_t end = whole[0] == 0x89 ? 12 : 2;
    for (size_t size = 0; size + end < whole.size(); size += 1 + size / 16) {
      const Bytes cut(whole.begin(), whole.begin() + size);
      EXPECT_FALSE(decode_image(cut).ok()) << size << " of " << whole.size();
    }
    // Up to the last one that still lacks a pixel: the end marker of JPEG, the end chunk of PNG.
    const auto last = whole.end() - static_cast<std::ptrdiff_t>(end);
    EXPECT_EQ(decode_image(Bytes(whole.begin(), last)).ok(), !is_webp);
    EXPECT_FALSE(decode_image(Bytes(whole.begin(), last - 2)).ok());
  }
}

// The image and what is said of it, of a file that decodes.
std::pair<Image, DecodeNotes> noted(const Bytes& bytes) {
  DecodeNotes notes;
  const auto image = decode_image(bytes, {.channels = 0}, &notes);
  EXPECT_TRUE(image.ok()) << (image.ok() ? "" : image.failure().message);
  return {image.ok() ? *image : Image(), notes};
}

TEST(Decode, WhatCostsNoPixelIsAFlaw) {
  for (const Bytes& whole : {*encode_jpeg(gradient(40, 40)), *encode_jpeg(gradient(31, 9, 1)),
                             fixtures::jpeg(gradient(40, 40), {}),
                             fixtures::jpeg(gradient(40, 40), {JpegSpec::kCmyk})}) {
    EXPECT_EQ(noted(whole).second.flaw, "");
    const auto [image, notes] = noted(Bytes(whole.begin(), whole.end() - 2));
    EXPECT_EQ(notes.flaw, "no end marker");
    EXPECT_EQ(image.pixels, decoded(whole).pixels);
  }
  const Bytes png = *encode_png(gradient(16, 16));
  EXPECT_EQ(noted(png).second.flaw, "");
  EXPECT_EQ(noted(Bytes(png.begin(), png.end() - 12)).second.flaw, "no end chunk");
}

TEST(Decode, MissingScansAreNoFlaw) {
  const Bytes whole = fixtures::jpeg(gradient(40, 40), {});
  int scans = 0;
  for (size_t at = whole.size() - 2; at > 1; --at) {
    if (whole[at] != 0xFF || whole[at + 1] != 0xDA) continue;
    EXPECT_FALSE(decode_image(Bytes(whole.begin(), whole.begin() + static_cast<long>(at))).ok());
    ++scans;
  }
  EXPECT_GT(scans, 3);
}

// A chunk after the header, with this checksum.
Bytes with_chunk(const Bytes& png, std::string_view name_and_data, uint32_t crc) {
  const auto size = static_cast<uint8_t>(name_and_data.size() - 4);
  Bytes chunk = {0, 0, 0, size};
  chunk.insert(chunk.end(), name_and_data.begin(), name_and_data.end());
  for (const int shift : {24, 16, 8, 0}) chunk.push_back(static_cast<uint8_t>(crc >> shift));
  Bytes result = png;
  result.insert(result.begin() + 33, chunk.begin(), chunk.end());
  return result;
}

TEST(Decode, ChecksumsOfWhatSaysNothingAboutPixels) {
  const Bytes png = *encode_png(gradient(16, 16, 1));
  for (const char* text : {"tEXtauthor", "gAMA\1\2\3\4", "zzZzdata"}) {
    const auto [image, notes] = noted(with_chunk(png, text, 1));
    EXPECT_EQ(image.pixels, decoded(png).pixels);
    EXPECT_THAT(notes.flaw, HasSubstr("CRC error")) << text;
  }
  // What is transparent, and how far the scale goes, are about pixels.
  using namespace std::string_view_literals;
  EXPECT_THAT(error_of(with_chunk(png, "tRNS\0\1"sv, 1)), HasSubstr("CRC error"));
  EXPECT_THAT(error_of(with_chunk(png, "sBIT\7"sv, 1)), HasSubstr("CRC error"));
}

TEST(Decode, BitsOfSamplesAndTheLargest) {
  const Bytes camera = fixtures::png(grey_png(16, {0, 1003, 2047, 4095}));
  EXPECT_EQ(noted(camera).second.largest_of_16, 4095);
  EXPECT_THAT(noted(camera).first.pixels, testing::ElementsAre(0, 4, 8, 16));
  const DecodeOptions twelve{.channels = 0, .bits = 12};
  EXPECT_THAT(decode_image(camera, twelve)->pixels, testing::ElementsAre(0, 62, 127, 255));
  const Bytes beyond = fixtures::png(grey_png(16, {0, 4095, 5000, 65535}));
  EXPECT_THAT(decode_image(beyond, twelve)->pixels, testing::ElementsAre(0, 255, 255, 255));
  EXPECT_EQ(noted(*encode_png(gradient(4, 4))).second.largest_of_16, -1);
  EXPECT_EQ(decode_image(*encode_png(gradient(4, 4)), twelve)->pixels,
            decode_image(*encode_png(gradient(4, 4)))->pixels);
  EXPECT_THAT(error_of(camera, {.bits = 7}), HasSubstr("bits = 7"));
}

TEST(Decode, FullDepthOfPng) {
  const Bytes camera = fixtures::png(grey_png(16, {0, 20, 2047, 65535}));
  const auto deep = decode_image(camera, {.channels = 0, .depth = 16});
  EXPECT_THAT(deep->deep, testing::ElementsAre(0, 20, 2047, 65535));
  EXPECT_EQ(deep->pixels.size(), 4u);
  EXPECT_FALSE(decode_image(camera, {.channels = 0})->is_deep());
  EXPECT_FALSE(decode_image(*encode_png(gradient(4, 4)), {.depth = 16})->is_deep());
  EXPECT_THAT(
      decode_image(fixtures::png(grey_png(16, {0, 4095})), {.channels = 0, .bits = 12, .depth = 16})
          ->deep,
      testing::ElementsAre(0, 65535));
  EXPECT_THAT(decode_image(camera, {.channels = 3, .depth = 16})->deep,
              testing::ElementsAre(0, 0, 0, 20, 20, 20, 2047, 2047, 2047, 65535, 65535, 65535));
  EXPECT_THAT(error_of(camera, {.depth = 12}), HasSubstr("depth = 12, expected 8 or 16"));
}

TEST(Decode, EndingsOfFormatsAreThoseOfImages) {
  for (const std::string_view ending : kImageEndings) {
    const auto fits = [&](std::string_view format) { return ending_fits(format, ending); };
    EXPECT_TRUE(fits("JPEG") + fits("PNG") + fits("WebP") + fits("BMP") + fits("PNM") +
                    fits("TIFF") + fits("DICOM") ==
                1)
        << ending;
  }
  EXPECT_TRUE(ending_fits("TIFF", ".TIF"));
  EXPECT_FALSE(ending_fits("TIFF", ""));
}

// A JPEG whose frame header says something else.
Bytes with_frame(Bytes jpeg, uint8_t marker, uint8_t bits) {
  const Bytes frame = {0xFF, 0xC0};
  const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
  at[1] = marker;
  at[4] = bits;
  return jpeg;
}

TEST(Decode, TellsUnsupportedFromDamaged) {
  const Bytes jpeg = *encode_jpeg(gradient(16, 16));
  EXPECT_THAT(unsupported(with_frame(jpeg, 0xC1, 12)), HasSubstr("12 bits a sample"));
  EXPECT_THAT(unsupported(with_frame(jpeg, 0xC3, 16)), HasSubstr("lossless"));
  EXPECT_THAT(unsupported(with_frame(jpeg, 0xC5, 8)), HasSubstr("hierarchical"));
  EXPECT_FALSE(probe_image(with_frame(jpeg, 0xC1, 12)).ok());
  const std::string gif = "GIF89a", text = "Dear diary";
  EXPECT_THAT(unsupported(Bytes(gif.begin(), gif.end())), HasSubstr("a GIF image"));
  EXPECT_EQ(unsupported(Bytes(text.begin(), text.end())), "");
  EXPECT_EQ(unsupported({}), "");
  for (const Bytes& whole :
       {jpeg, *encode_png(gradient(8, 8)), fixtures::webp(gradient(8, 8), true),
        fixtures::jpeg(gradient(8, 8), {JpegSpec::kYcck})}) {
    EXPECT_EQ(unsupported(whole), "");
    EXPECT_EQ(unsupported(Bytes(whole.begin(), whole.begin() + 12)), "");
  }
}

TEST(Decode, PngChecksumErrorsAreErrors) {
  Bytes png = *encode_png(gradient(16, 16));
  png[png.size() - 14] ^= 1;  // the checksum of IDAT
  EXPECT_THAT(error_of(png), HasSubstr("CRC"));
}

TEST(Decode, ChecksSizeBeforeAllocating) {
  // A header that promises 65500 × 65500 pixels, and nothing behind it.
  Bytes jpeg = *encode_jpeg(gradient(16, 16, 1));
  const Bytes frame = {0xFF, 0xC0};
  const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
  for (int i : {5, 7}) at[i] = 0xFF, at[i + 1] = 0xDC;
  EXPECT_THAT(error_of(jpeg), HasSubstr("65500×65500 pixels, expected at most 150000000"));
  EXPECT_THAT(error_of(*encode_png(gradient(10, 10)), {.max_pixels = 99}), HasSubstr("10×10"));
  EXPECT_TRUE(decode_image(*encode_png(gradient(10, 10)), {.max_pixels = 100}).ok());
}

TEST(Decode, RefusesPngsThatPromiseMoreThanTheyCanHold) {
  // The header of 10000 × 10000 pixels in RGB, with its checksum, before the data of 8 × 8.
  const uint8_t header[] = {0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x27, 0x10, 0x00, 0x00, 0x27,
                            0x10, 0x08, 0x02, 0x00, 0x00, 0x00, 0x35, 0x2c, 0xf5, 0x70};
  Bytes png = *encode_png(gradient(8, 8));
  std::ranges::copy(header, png.begin() + 12);
  EXPECT_THAT(error_of(png), HasSubstr("expected at least 290697 for 10000×10000 pixels"));
  EXPECT_TRUE(decode_image(*encode_png(Image(2000, 1500, 3))).ok());  // packed as far as it goes
}

TEST(Decode, SaysWhatANonImageIs) {
  const auto error_of_text = [](std::string_view text) {
    return error_of(Bytes(text.begin(), text.end()));
  };
  EXPECT_EQ(error_of({}), "0 bytes, expected JPEG, PNG, WebP, BMP, PNM, TIFF or DICOM");
  EXPECT_EQ(error_of_text("Dear diary,\n"),
            "12 bytes that look like text, expected JPEG, PNG, WebP, BMP, PNM, TIFF or DICOM");
  EXPECT_THAT(error_of_text("GIF89a..."), HasSubstr("a GIF image"));
  EXPECT_THAT(error_of_text("%PDF-1.7"), HasSubstr("a PDF document"));
  EXPECT_THAT(error_of_text("P7\nWIDTH"), HasSubstr("a PAM image"));
  EXPECT_THAT(error_of_text("version https://git-lfs.github.com/spec/v1"), HasSubstr("LFS"));
  EXPECT_THAT(error_of(Bytes(100, 0)), HasSubstr("nothing but zero bytes"));
  EXPECT_THAT(error_of({1, 2, 3}), HasSubstr("no known format"));
  EXPECT_THAT(error_of(*encode_png(gradient(2, 2)), {.channels = 2}), HasSubstr("channels = 2"));
}

TEST(Decode, ErrorsNameThePath) {
  const auto path = std::filesystem::path(testing::TempDir()) / "empty.jpg";
  write_file_atomic(path, {});
  const auto image = read_image(path);
  ASSERT_FALSE(image.ok());
  EXPECT_EQ(image.failure().message,
            "'" + path.string() + "': 0 bytes, expected JPEG, PNG, WebP, BMP, PNM, TIFF or DICOM");
  EXPECT_THAT(read_image("/no/such.png").failure().message, HasSubstr("'/no/such.png'"));
}

TEST(Encode, RefusesWhatNoFileCanHold) {
  EXPECT_THAT(encode_png(Image()).failure().message, HasSubstr("0×0 pixels of 0 channels as PNG"));
  EXPECT_THAT(encode_jpeg(Image(2, 2, 2)).failure().message, HasSubstr("of 1 or 3 channels"));
  EXPECT_THAT(encode_jpeg(Image(70000, 1, 1)).failure().message,
              HasSubstr("70000×1 pixels of 1 channels as JPEG: Maximum supported image dimension"));
  EXPECT_TRUE(encode_jpeg(Image(65500, 1, 1)).ok());
}

}  // namespace
}  // namespace paucal::edge
