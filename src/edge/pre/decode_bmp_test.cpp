#include <gmock/gmock.h>

#include "base/files.h"
#include "edge/pre/decode.h"

namespace paucal::edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void put(Bytes& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

struct BmpSpec {
  int width = 0, height = 0, bits = 8;
  uint32_t coding = 0;
  uint32_t header = 40;
  std::vector<uint32_t> masks = {};
  std::vector<uint32_t> palette = {};  // 0xRRGGBB
  Bytes pixels;                        // as stored
};

Bytes bmp(const BmpSpec& spec) {
  const bool core = spec.header == 12;
  Bytes out = {'B', 'M'};
  const size_t masks = spec.header == 40 ? 4 * spec.masks.size() : 0;
  const size_t at = 14 + spec.header + masks + spec.palette.size() * (core ? 3 : 4);
  put(out, at + spec.pixels.size(), 4);
  put(out, 0, 4);
  put(out, at, 4);
  put(out, spec.header, 4);
  put(out, static_cast<uint32_t>(spec.width), core ? 2 : 4);
  put(out, static_cast<uint32_t>(spec.height), core ? 2 : 4);
  put(out, 1, 2);
  put(out, static_cast<uint64_t>(spec.bits), 2);
  if (!core) {
    put(out, spec.coding, 4);
    put(out, 0, 12);
    put(out, spec.palette.size(), 4);
    put(out, 0, 4);
    for (const uint32_t mask : spec.masks) put(out, mask, 4);
    out.resize(14 + spec.header + masks);
  }
  for (const uint32_t colour : spec.palette) put(out, colour, core ? 3 : 4);
  out.insert(out.end(), spec.pixels.begin(), spec.pixels.end());
  return out;
}

Image bmp_image(const BmpSpec& spec) {
  const auto image = decode_image(bmp(spec), {.channels = 0});
  EXPECT_TRUE(image.ok()) << (image.ok() ? "" : image.failure().message);
  return image.ok() ? *image : Image();
}

std::string bmp_error(const Bytes& bytes) {
  const auto image = decode_image(bytes);
  return image.ok() ? "" : image.failure().message;
}

const std::vector<uint32_t> kGreys = {0x000000, 0x404040, 0x808080, 0xFFFFFF};
const std::vector<uint32_t> kColours = {0x000000, 0xFF0000, 0x00FF00, 0x0000FF};

TEST(DecodeBmp, PalettesOfEveryDepth) {
  // Two rows, the lower one first; a row is filled up to 32 bits.
  EXPECT_THAT(bmp_image({3, 2, 8, 0, 40, {}, kGreys, {0, 1, 2, 0, 3, 3, 0, 0}}).pixels,
              ElementsAre(255, 255, 0, 0, 64, 128));
  EXPECT_THAT(bmp_image({3, 1, 4, 0, 40, {}, kGreys, {0x12, 0x30, 0, 0}}).pixels,
              ElementsAre(64, 128, 255));
  EXPECT_THAT(bmp_image({3, 1, 2, 0, 40, {}, kGreys, {0x6C, 0, 0, 0}}).pixels,
              ElementsAre(64, 128, 255));
  EXPECT_THAT(bmp_image({3, 1, 1, 0, 40, {}, {0, 0xFFFFFF}, {0xA0, 0, 0, 0}}).pixels,
              ElementsAre(255, 0, 255));
  EXPECT_THAT(bmp_image({2, 1, 8, 0, 12, {}, kColours, {1, 3, 0, 0}}).pixels,
              ElementsAre(255, 0, 0, 0, 0, 255));
}

TEST(DecodeBmp, TopDown) {
  EXPECT_THAT(bmp_image({1, -2, 8, 0, 40, {}, kGreys, {1, 0, 0, 0, 2, 0, 0, 0}}).pixels,
              ElementsAre(64, 128));
}

TEST(DecodeBmp, ColoursWithoutPalette) {
  EXPECT_THAT(bmp_image({1, 1, 24, 0, 40, {}, {}, {1, 2, 3}}).pixels, ElementsAre(3, 2, 1));
  EXPECT_THAT(bmp_image({1, 1, 32, 0, 40, {}, {}, {1, 2, 3, 0}}).pixels, ElementsAre(3, 2, 1));
  EXPECT_THAT(bmp_image({2, 1, 16, 0, 40, {}, {}, {0x00, 0x7C, 0x1F, 0x00}}).pixels,
              ElementsAre(255, 0, 0, 0, 0, 255));
  EXPECT_THAT(bmp_image({1, 1, 16, 3, 40, {0xF800, 0x07E0, 0x001F}, {}, {0xE0, 0x07, 0, 0}}).pixels,
              ElementsAre(0, 255, 0));
  EXPECT_THAT(
      bmp_image({1, 1, 32, 3, 40, {0x3FF00000, 0xFFC00, 0x3FF}, {}, {0xFF, 0x03, 0, 0}}).pixels,
      ElementsAre(0, 0, 255));
}

TEST(DecodeBmp, AlphaThatIsMeant) {
  BmpSpec spec{1, 1, 32, 3, 108, {0xFF0000, 0xFF00, 0xFF, 0xFF000000}, {}, {10, 20, 30, 0}};
  EXPECT_THAT(bmp_image(spec).pixels, ElementsAre(30, 20, 10)) << "all of it is 0";
  spec.width = 2;
  spec.pixels = {10, 20, 30, 0, 10, 20, 30, 255};
  EXPECT_THAT(bmp_image(spec).pixels, ElementsAre(255, 255, 255, 30, 20, 10));
}

TEST(DecodeBmp, RunLengths) {
  // 3 × 1, end of line, two single ones (filled up to 16 bits), end.
  EXPECT_THAT(bmp_image({3, 2, 8, 1, 40, {}, kGreys, {3, 1, 0, 0, 0, 3, 2, 3, 0, 0, 0, 1}}).pixels,
              ElementsAre(128, 255, 0, 64, 64, 64));
  // A jump of one to the right and one up.
  EXPECT_THAT(bmp_image({2, 2, 8, 1, 40, {}, kGreys, {0, 2, 1, 1, 1, 3, 0, 1}}).pixels,
              ElementsAre(0, 255, 0, 0));
  EXPECT_THAT(bmp_image({4, 1, 4, 2, 40, {}, kGreys, {4, 0x12, 0, 1}}).pixels,
              ElementsAre(64, 128, 64, 128));
  DecodeNotes notes;
  EXPECT_TRUE(
      decode_image(bmp({2, 1, 8, 1, 40, {}, kGreys, {2, 1}}), {.channels = 0}, &notes).ok());
  EXPECT_EQ(notes.flaw, "no end mark");
  EXPECT_THAT(bmp_error(bmp({2, 2, 8, 1, 40, {}, kGreys, {2, 1}})), HasSubstr("it ends early"));
  EXPECT_THAT(bmp_error(bmp({2, 1, 8, 1, 40, {}, kGreys, {2, 1, 0, 2, 9, 9, 1, 1}})),
              HasSubstr("leaves the picture"));
}

TEST(DecodeBmp, EveryTruncationIsAnError) {
  const Bytes whole = bmp({5, 3, 24, 0, 40, {}, {}, Bytes(48, 7)});
  for (size_t size = 0; size + 1 < whole.size(); ++size)
    EXPECT_NE(bmp_error(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size))), "")
        << size;
}

TEST(DecodeBmp, RefusesWhatMakesNoSense) {
  EXPECT_THAT(bmp_error(bmp({0, 1, 8, 0, 40, {}, kGreys, {0}})), HasSubstr("0×1 pixels"));
  EXPECT_THAT(bmp_error(bmp({1, 1, 7, 0, 40, {}, kGreys, {0}})), HasSubstr("7 bits a pixel"));
  EXPECT_THAT(bmp_error(bmp({1, 1, 32, 3, 40, {0xFF, 0xFF, 0xFF00}, {}, {0, 0, 0, 0}})),
              HasSubstr("overlap"));
  EXPECT_THAT(bmp_error(bmp({1, 1, 32, 3, 40, {0xFF, 0xA00, 0xFF0000}, {}, {0, 0, 0, 0}})),
              HasSubstr("holes"));
  EXPECT_THAT(bmp_error(bmp({60000, 60000, 24, 0, 40, {}, {}, {0}})), HasSubstr("at most"));
  EXPECT_THAT(bmp_error(bmp({12000, 12000, 24, 0, 40, {}, {}, {0}})),
              HasSubstr("expected 432000054 for 12000×12000 pixels"));
  EXPECT_THAT(unsupported(bmp({1, 1, 0, 4, 40, {}, {}, {0}})), HasSubstr("wraps a JPEG"));
}

TEST(DecodeBmp, IsNoText) {
  const std::string text = "BMW builds cars, and this is a text about them.";
  EXPECT_THAT(bmp_error(Bytes(text.begin(), text.end())), HasSubstr("look like text"));
}

}  // namespace
}  // namespace paucal::edge
