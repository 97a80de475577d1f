// WebP through libwebp.
#include <webp/decode.h>

#include <cstring>

#include "base/error.h"
#include "edge/pre/formats.h"

namespace paucal::edge::formats {
namespace {

std::string_view status_text(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
      return "out of memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "unsupported feature";
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return "unexpected end of file";
    default:
      return "corrupt data";
  }
}

Failure damage(Data data, VP8StatusCode status) {
  return failure("decode", "damaged WebP of {} bytes: {}", data.size(), status_text(status));
}

uint32_t little_endian(Data four) {
  return four[0] | four[1] << 8 | four[2] << 16 | static_cast<uint32_t>(four[3]) << 24;
}

// Walks the RIFF chunks: name, size, that many bytes, padded to an even number.
int orientation_of(Data data) {
  static constexpr char kExif[6] = {'E', 'x', 'i', 'f', 0, 0};
  uint64_t at = 12;
  while (at + 8 <= data.size()) {
    const uint64_t size = little_endian(data.subspan(at + 4, 4));
    if (size > data.size() - at - 8) return 1;
    if (std::memcmp(&data[at], "EXIF", 4) == 0) {
      Data exif = data.subspan(at + 8, size);
      // Some writers keep JPEG's prefix.
      if (size > sizeof kExif && std::memcmp(exif.data(), kExif, sizeof kExif) == 0)
        exif = exif.subspan(sizeof kExif);
      return exif_orientation(exif);
    }
    at += 8 + size + (size & 1);
  }
  return 1;
}

Result<WebPBitstreamFeatures> features_of(Data data) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(data.data(), data.size(), &features);
  if (status != VP8_STATUS_OK) return damage(data, status);
  if (features.has_animation) return failure("decode", "an animated WebP, expected one picture");
  return features;
}

}  // namespace

bool is_webp(Data data) {
  return has_at(data, 0, "RIFF") && has_at(data, 8, "WEBP");
}

std::string unsupported_webp(Data data, int) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data.data(), data.size(), &features) != VP8_STATUS_OK) return "";
  return features.has_animation ? "an animated WebP, expected one picture: save its frames as PNG"
                                : "";
}

Result<ImageInfo> probe_webp(Data data, int) {
  const auto features = features_of(data);
  if (!features.ok()) return features.failure();
  ImageInfo result;
  result.width = features->width;
  result.height = features->height;
  result.channels = 3;
  result.bits = 8;
  result.format = "WebP";
  result.orientation = orientation_of(data);
  result.alpha = features->has_alpha;
  return result;
}

Result<Image> decode_webp(Data data, const Request&, DecodeNotes&) {
  const auto features = features_of(data);
  if (!features.ok()) return features.failure();
  Image image(features->width, features->height, 3);
  const int channels = features->has_alpha ? 4 : 3;
  std::vector<uint8_t> with_alpha;
  if (features->has_alpha) with_alpha.resize(image.pixels.size() / 3 * 4);
  std::vector<uint8_t>& out = features->has_alpha ? with_alpha : image.pixels;

  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return damage(data, VP8_STATUS_UNSUPPORTED_FEATURE);
  config.output.colorspace = features->has_alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {out.data(), image.width * channels, out.size()};
  const VP8StatusCode status = WebPDecode(data.data(), data.size(), &config);
  WebPFreeDecBuffer(&config.output);
  if (status != VP8_STATUS_OK) return damage(data, status);

  for (size_t i = 0; i < with_alpha.size() / 4; ++i)
    for (size_t c = 0; c < 3; ++c)
      image.pixels[3 * i + c] = over_white(with_alpha[4 * i + c], with_alpha[4 * i + 3]);
  return image;
}

}  // namespace paucal::edge::formats
