// A short deterministic fuzz run, for every build; decode_fuzz.cpp is the long one.
#include <gtest/gtest.h>
#include <png.h>

#include "base/random.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "edge/pre/fixtures.h"

namespace paucal::edge {
namespace {

std::vector<Bytes> seeds() {
  using namespace fixtures;
  const Image image = gradient(24, 17);
  PngSpec rgba;
  rgba.width = rgba.height = 8;
  rgba.colour_type = PNG_COLOR_TYPE_RGB_ALPHA;
  rgba.bits = 16;
  rgba.sbit = 12;
  rgba.interlaced = true;
  rgba.exif = exif(7);
  for (int i = 0; i < 256; ++i) rgba.samples.push_back(i * 15);
  return {
      *encode_jpeg(image), with_exif_jpeg(*encode_jpeg(image, 50), exif(5)),
      jpeg(image, {}),     jpeg(image, {JpegSpec::kYcck}),
      *encode_png(image),  png(rgba),
      webp(image, true),   with_exif_webp(webp(image, false), exif(3), image.width, image.height)};
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
    const auto image = decode_image(bytes, {.channels = 3, .max_pixels = 1 << 20});
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
  EXPECT_LT(decoded, 1500);
}

}  // namespace
}  // namespace paucal::edge
