#include <gmock/gmock.h>

#include "base/files.h"
#include "base/random.h"
#include "edge/pre/decode.h"
#include "edge/pre/fixtures.h"
#include "edge/pre/image_file.h"

namespace paucal::edge {
namespace {

using fixtures::DicomSpec;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kImplicit = "1.2.840.10008.1.2";
constexpr const char* kBigEndian = "1.2.840.10008.1.2.2";
constexpr const char* kRle = "1.2.840.10008.1.2.5";
constexpr const char* kJpeg = "1.2.840.10008.1.2.4.50";
constexpr const char* kLossless = "1.2.840.10008.1.2.4.70";

// Values all over their bits.
DicomSpec slice(int width, int height, int bits, int frames = 1) {
  DicomSpec spec;
  spec.width = width;
  spec.height = height;
  spec.bits = bits;
  spec.frames = frames;
  for (int i = 0; i < width * height * frames; ++i)
    spec.values.push_back(static_cast<uint16_t>(i * 2654435761u >> (32 - bits)));
  return spec;
}

DicomSpec row(int bits, std::vector<uint16_t> values) {
  DicomSpec spec;
  spec.width = static_cast<int>(values.size());
  spec.height = 1;
  spec.bits = bits;
  spec.values = std::move(values);
  return spec;
}

DicomSpec coloured(const std::string& photometry) {
  DicomSpec spec;
  spec.width = 2;
  spec.height = 1;
  spec.samples = 3;
  spec.photometry = photometry;
  spec.values = {10, 20, 30, 200, 100, 50};
  return spec;
}

Image dicom_image(const Bytes& bytes, const DecodeOptions& options = {.channels = 0}) {
  const auto image = decode_image(bytes, options);
  EXPECT_TRUE(image.ok()) << image.failure().message;
  return image.ok() ? *image : Image();
}

Image dicom_image(const DicomSpec& spec) {
  return dicom_image(fixtures::dicom(spec));
}

std::vector<uint16_t> dicom_deep(const DicomSpec& spec) {
  return dicom_image(fixtures::dicom(spec), {.channels = 0, .depth = 16}).deep;
}

std::string dicom_error(const Bytes& bytes, int page = 1) {
  const auto image = decode_image(bytes, {.channels = 0, .page = page});
  return image.ok() ? "" : image.failure().message;
}

Bytes cut(const Bytes& bytes, size_t size) {
  return Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
}

Bytes replaced(Bytes bytes, std::string_view from, std::string_view to) {
  const auto at =
      std::ranges::search(bytes, from, [](uint8_t a, char b) { return a == uint8_t(b); });
  EXPECT_FALSE(at.empty()) << from;
  if (!at.empty()) std::ranges::copy(to, at.begin());
  return bytes;
}

TEST(DecodeDicom, EveryDepthComesBack) {
  for (const int bits : {8, 10, 12, 16}) {
    const DicomSpec spec = slice(13, 7, bits);
    const unsigned white = (1u << bits) - 1;
    const Image image = dicom_image(spec);
    for (size_t i = 0; i < spec.values.size(); ++i)
      ASSERT_EQ(image.pixels[i], (spec.values[i] * 255 + white / 2) / white) << bits << " " << i;
  }
  EXPECT_EQ(dicom_deep(slice(13, 7, 16)), slice(13, 7, 16).values);
  EXPECT_THAT(dicom_deep(row(12, {0, 2048, 4095})), ElementsAre(0, 32776, 65535));
  EXPECT_THAT(dicom_deep(row(8, {0, 7})), testing::IsEmpty());
}

TEST(DecodeDicom, EveryEncodingAndCodingGivesTheSame) {
  for (const int bits : {8, 12, 16}) {
    DicomSpec spec = slice(21, 11, bits);
    const Image plain = dicom_image(fixtures::dicom(spec), {.channels = 0, .depth = 16});
    for (const char* syntax : {kImplicit, kBigEndian, kRle, kLossless}) {
      spec.syntax = syntax;
      const Image image = dicom_image(fixtures::dicom(spec), {.channels = 0, .depth = 16});
      EXPECT_EQ(image.pixels, plain.pixels) << syntax << " " << bits;
      EXPECT_EQ(image.deep, plain.deep) << syntax << " " << bits;
    }
  }
}

TEST(DecodeDicom, BaselineJpeg) {
  for (const int samples : {1, 3}) {
    const Image image = fixtures::gradient(24, 16, samples);
    DicomSpec spec;
    spec.width = 24;
    spec.height = 16;
    spec.samples = samples;
    spec.photometry = samples == 1 ? "MONOCHROME2" : "YBR_FULL_422";
    spec.values.assign(image.pixels.begin(), image.pixels.end());
    spec.syntax = kJpeg;
    const Image read = dicom_image(spec);
    ASSERT_EQ(read.pixels.size(), image.pixels.size());
    for (size_t i = 0; i < read.pixels.size(); ++i)
      ASSERT_NEAR(read.pixels[i], image.pixels[i], 6) << samples << " " << i;
  }
}

TEST(DecodeDicom, SignedValuesBeginAtTheirLowest) {
  DicomSpec spec = row(16, {0x8000, 0xFFFF, 0, 0x7FFF});
  spec.is_signed = true;
  EXPECT_THAT(dicom_deep(spec), ElementsAre(0, 32767, 32768, 65535));
  spec = row(12, {0x800, 0xFFF, 0, 0x7FF});
  spec.is_signed = true;
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(0, 127, 128, 255));
}

TEST(DecodeDicom, UnusedBitsMeanNothing) {
  DicomSpec spec = row(12, {0xF000, 0x8FFF});
  spec.allocated = 16;
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(0, 255));
  spec.high_bit = 15;
  spec.values = {0x000F, 0xFFF0};
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(0, 255));
}

// PS3.3, C.11.2.1.2.1: with a width of 101 levels around 1,050 white begins 50 above its middle.
TEST(DecodeDicom, SeenThroughTheFirstWindow) {
  DicomSpec spec = row(12, {0, 999, 1049, 1100, 4095});
  spec.centre = "1050\\20";
  spec.window_width = "101\\40";
  EXPECT_THAT(dicom_deep(spec), ElementsAre(0, 0, 32440, 65535, 65535));
  spec.window_kind = "LINEAR_EXACT";
  spec.window_width = "100";
  EXPECT_THAT(dicom_deep(spec), ElementsAre(0, 0, 32112, 65535, 65535));
  spec.window_kind = "SIGMOID";
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(0, 29, 125, 225, 255));
  spec.window_width = "0";
  EXPECT_EQ(dicom_image(spec).pixels[4], 255) << "no window at all";
  EXPECT_EQ(dicom_image(spec).pixels[1], 62);
}

TEST(DecodeDicom, SlopeAndInterceptComeBeforeTheWindow) {
  DicomSpec spec = row(12, {0, 1024, 1525});
  spec.slope = "1";
  spec.intercept = "-1024";
  spec.centre = "250.5";
  spec.window_width = "501";
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(0, 0, 255));
  spec = row(8, {0, 255});
  spec.slope = "-2.5";
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(255, 0)) << "the largest value is white";
}

TEST(DecodeDicom, MonochromeOneIsTurned) {
  DicomSpec spec = row(8, {0, 100, 255});
  spec.photometry = "MONOCHROME1";
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(255, 155, 0));
}

TEST(DecodeDicom, BitsOfTheRequestSayWhatIsWhite) {
  const DicomSpec spec = row(16, {0, 4095, 9000});
  EXPECT_THAT(dicom_image(fixtures::dicom(spec), {.channels = 0, .bits = 12}).pixels,
              ElementsAre(0, 255, 255));
}

TEST(DecodeDicom, ColoursTogetherApartAndAsYbr) {
  EXPECT_THAT(dicom_image(coloured("RGB")).pixels, ElementsAre(10, 20, 30, 200, 100, 50));
  DicomSpec spec = coloured("RGB");
  spec.syntax = kRle;
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(10, 20, 30, 200, 100, 50));
  spec = coloured("RGB");
  spec.planar = true;
  spec.values = {10, 200, 20, 100, 30, 50};
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(10, 20, 30, 200, 100, 50));
  spec = coloured("YBR_FULL");
  spec.values = {100, 128, 128, 76, 85, 255};  // grey, and the red of JPEG
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(100, 100, 100, 254, 0, 0));
  spec = coloured("YBR_FULL_422");
  spec.values = {100, 50, 128, 128};
  EXPECT_THAT(dicom_image(spec).pixels, ElementsAre(100, 100, 100, 50, 50, 50));
}

TEST(DecodeDicom, FramesArePages) {
  for (const char* syntax : {"1.2.840.10008.1.2.1", kRle, kLossless}) {
    DicomSpec spec = slice(9, 5, 12, 3);
    spec.syntax = syntax;
    const Bytes bytes = fixtures::dicom(spec);
    ASSERT_TRUE(probe_image(bytes, 3).ok()) << probe_image(bytes, 3).failure().message;
    EXPECT_EQ(probe_image(bytes)->pages, 3);
    DicomSpec third = slice(9, 5, 12);
    third.values.assign(spec.values.begin() + 90, spec.values.end());
    EXPECT_EQ(dicom_image(bytes, {.channels = 0, .page = 3}).pixels, dicom_image(third).pixels);
    EXPECT_THAT(dicom_error(bytes, 4), HasSubstr("page 4 of a DICOM, expected 1 to 3"));
  }
}

TEST(DecodeDicom, ProbeSaysWhatItIs) {
  const auto info = probe_image(fixtures::dicom(slice(9, 5, 12)));
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->format, "DICOM");
  EXPECT_EQ(info->width, 9);
  EXPECT_EQ(info->height, 5);
  EXPECT_EQ(info->bits, 12);
  EXPECT_EQ(info->channels, 1);
  EXPECT_TRUE(ending_fits("DICOM", ".DCM"));
}

TEST(DecodeDicom, WithoutPreamble) {
  DicomSpec spec = slice(9, 5, 12);
  const Image image = dicom_image(spec);
  for (const char* syntax : {"1.2.840.10008.1.2.1", kImplicit}) {
    spec.syntax = syntax;
    spec.preamble = false;
    Bytes bytes = fixtures::dicom(spec);
    EXPECT_TRUE(is_image_file(bytes));
    EXPECT_EQ(dicom_image(bytes).pixels, image.pixels);
    // Nor the group of the file: its length stands in its first element.
    const size_t group = 12 + (bytes[8] | bytes[9] << 8);
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(group));
    EXPECT_TRUE(is_image_file(bytes));
    EXPECT_EQ(dicom_image(bytes).pixels, image.pixels) << syntax;
  }
}

TEST(DecodeDicom, NamesWhatItDoesNotRead) {
  DicomSpec spec = slice(16, 16, 8);
  spec.syntax = kLossless;
  const Bytes jpeg2000 = replaced(fixtures::dicom(spec), "1.2.4.70", "1.2.4.90");
  EXPECT_THAT(unsupported(jpeg2000),
              HasSubstr("transfer syntax 1.2.840.10008.1.2.4.90 (JPEG 2000"));
  EXPECT_THAT(dicom_error(jpeg2000), HasSubstr("expected an uncompressed one, RLE or JPEG"));
  EXPECT_THAT(unsupported(replaced(fixtures::dicom(spec), "1.2.4.70", "1.2.9.99")),
              HasSubstr("1.2.840.10008.1.2.9.99 (unknown)"));
  spec = slice(4, 4, 8);
  spec.photometry = "PALETTE COLOR";
  EXPECT_THAT(unsupported(fixtures::dicom(spec)), HasSubstr("'PALETTE COLOR' with 1 samples"));
  spec = slice(4, 4, 8);
  spec.modality_table = true;
  EXPECT_THAT(unsupported(fixtures::dicom(spec)), HasSubstr("Modality LUT"));
  EXPECT_EQ(unsupported(fixtures::dicom(slice(4, 4, 8))), "");
}

TEST(DecodeDicom, EveryTruncationIsAnError) {
  for (const char* syntax : {kImplicit, kBigEndian, kRle, kLossless}) {
    DicomSpec spec = slice(20, 20, 12);
    spec.syntax = syntax;
    const Bytes whole = fixtures::dicom(spec);
    for (size_t size = 0; size < whole.size(); ++size)
      ASSERT_NE(dicom_error(cut(whole, size)), "") << syntax << " " << size;
  }
}

TEST(DecodeDicom, ChecksSizeBeforeAllocating) {
  DicomSpec spec = slice(16, 16, 8);
  const Bytes whole = fixtures::dicom(spec);
  const std::string_view rows("\x28\0\x10\0US\2\0\x10\0", 10),
      many("\x28\0\x10\0US\2\0\xFF\xFF", 10);
  EXPECT_THAT(dicom_error(replaced(whole, rows, many)),
              HasSubstr("256 bytes of pixels, expected 1048560 for 1 frames of 16×65535"));
  EXPECT_THAT(decode_image(whole, {.max_pixels = 255}).failure().message, HasSubstr("16×16"));
  for (const char* syntax : {kRle, kLossless}) {
    spec.syntax = syntax;
    EXPECT_THAT(dicom_error(replaced(fixtures::dicom(spec), rows, many)),
                HasSubstr("damaged DICOM"))
        << syntax;
  }
}

TEST(DecodeDicom, AJpegOfAnotherSizeIsDamage) {
  DicomSpec spec = slice(16, 16, 8);
  spec.syntax = kLossless;
  const std::string_view rows("\x28\0\x10\0US\2\0\x10\0", 10),
      fewer("\x28\0\x10\0US\2\0\x0F\0", 10);
  EXPECT_THAT(dicom_error(replaced(fixtures::dicom(spec), rows, fewer)),
              HasSubstr("a JPEG of 16×16 pixels of 1 × 8 bits, expected 16×15"));
}

// Ten thousand sequences within each other, on which DCMTK's own parser runs out of stack.
TEST(DecodeDicom, DeepNestingIsNoRecursion) {
  const Bytes whole = fixtures::dicom(slice(4, 4, 8));
  const std::string_view open("\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF",
                              20);
  const std::string_view close("\xFE\xFF\x0D\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0", 16);
  const std::string_view name("\x10\0\x10\0PN", 6);
  const auto at =
      std::ranges::search(whole, name, [](uint8_t a, char b) { return a == uint8_t(b); });
  Bytes nested(whole.begin(), at.begin());
  for (int i = 0; i < 10'000; ++i) nested.insert(nested.end(), open.begin(), open.end());
  const Bytes torn = nested;
  for (int i = 0; i < 10'000; ++i) nested.insert(nested.end(), close.begin(), close.end());
  nested.insert(nested.end(), at.begin(), whole.end());
  EXPECT_EQ(dicom_image(nested).pixels, dicom_image(whole).pixels);
  EXPECT_THAT(dicom_error(torn), HasSubstr("damaged DICOM"));
}

// Whatever happens to a file, no message and nothing on the terminal says whom it shows.
TEST(DecodeDicom, NoOutputHoldsThePatient) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  std::vector<std::string> said;
  for (const char* syntax : {"1.2.840.10008.1.2.1", kImplicit, kRle, kLossless}) {
    DicomSpec spec = slice(12, 12, 12);
    spec.syntax = syntax;
    const Bytes whole = fixtures::dicom(spec);
    for (uint64_t i = 0; i < 400; ++i) {
      Random random(3, 0, i);
      Bytes bytes = whole;
      for (int64_t n = random.between(0, 4); n > 0; --n)
        bytes[static_cast<size_t>(random.below(std::ssize(bytes)))] ^=
            static_cast<uint8_t>(1 << random.below(8));
      if (i % 3 == 0) bytes.resize(static_cast<size_t>(random.below(std::ssize(bytes))));
      DecodeNotes notes;
      const auto image = decode_image(bytes, {.channels = 0}, &notes);
      said.push_back(image.ok() ? notes.flaw : image.failure().message);
      said.push_back(unsupported(bytes));
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(said, Each(Not(testing::AnyOf(HasSubstr("Doe"), HasSubstr("Jane")))));
}

}  // namespace
}  // namespace paucal::edge
