#include "edge/pre/decode.h"

#include "base/error.h"
#include "base/files.h"
#include "edge/pre/channels.h"
#include "edge/pre/formats.h"

namespace paucal::edge {
namespace {

constexpr std::string_view kPlace = "decode";
constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

// As stored: unrotated.
Result<ImageInfo> probe_stored(formats::Data data) {
  const std::string_view format = formats::sniff(data);
  if (format == "JPEG") return formats::probe_jpeg(data);
  if (format == "PNG") return formats::probe_png(data);
  if (format == "WebP") return formats::probe_webp(data);
  if (data.empty()) return failure(kPlace, "0 bytes, expected JPEG, PNG or WebP");
  return failure(kPlace, "{} bytes that look like {}, expected JPEG, PNG or WebP", data.size(),
                 format);
}

Result<Image> decode_stored(formats::Data data, const std::string& format,
                            const DecodeOptions& options, DecodeNotes* notes) {
  DecodeNotes unread;
  DecodeNotes& found = notes ? *notes : unread;
  if (format == "JPEG") return formats::decode_jpeg(data, options.channels, found);
  if (format == "PNG") return formats::decode_png(data, options.bits, notes != nullptr, found);
  return formats::decode_webp(data);
}

}  // namespace

Result<ImageInfo> probe_image(std::span<const uint8_t> data) {
  Result<ImageInfo> info = probe_stored(data);
  if (info.ok() && info->orientation >= 5) std::swap(info->width, info->height);
  return info;
}

std::string unsupported(std::span<const uint8_t> data) {
  const std::string_view format = formats::sniff(data);
  if (format == "JPEG") return formats::unsupported_jpeg(data);
  if (format == "WebP") return formats::unsupported_webp(data);
  if (!format.ends_with(" image")) return "";
  return fmt::format("{}, expected JPEG, PNG or WebP", format);
}

Result<Image> decode_image(std::span<const uint8_t> data, const DecodeOptions& options,
                           DecodeNotes* notes) {
  if (options.bits != 0 && (options.bits < 8 || options.bits > 16))
    return failure(kPlace, "bits = {}, expected 0 or 8 to 16", options.bits);
  if (options.channels != 0 && options.channels != 1 && options.channels != 3)
    return failure(kPlace, "channels = {}, expected 0, 1 or 3", options.channels);
  const Result<ImageInfo> info = probe_stored(data);
  if (!info.ok()) return info.failure();
  if (int64_t{info->width} * info->height > options.max_pixels)
    return failure(kPlace, "{}×{} pixels, expected at most {} in all", info->width, info->height,
                   options.max_pixels);

  Result<Image> image = decode_stored(data, info->format, options, notes);
  if (!image.ok()) return image;
  if (options.channels != 0) *image = with_channels(std::move(*image), options.channels);
  if (info->orientation != 1) *image = oriented(*image, info->orientation);
  return image;
}

Result<Image> read_image(const std::filesystem::path& path, const DecodeOptions& options) {
  const Result<Bytes> data = read_file(path, kMaxFileBytes);
  if (!data.ok()) return data.failure();
  Result<Image> image = decode_image(*data, options);
  if (!image.ok()) return failure(kPlace, "'{}': {}", path.string(), image.failure().message);
  return image;
}

}  // namespace paucal::edge
