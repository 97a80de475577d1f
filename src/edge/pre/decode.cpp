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
Result<ImageInfo> probe_stored(formats::Data data, int page) {
  if (page < 1) return failure(kPlace, "page {}, expected 1 or more", page);
  if (const auto* format = formats::find(data)) {
    Result<ImageInfo> info = format->probe(data, page);
    if (info.ok() && page > info->pages)
      return failure(kPlace, "page {} of a {}, expected 1 to {}", page, format->name, info->pages);
    return info;
  }
  if (data.empty()) return failure(kPlace, "0 bytes, expected {}", formats::expected());
  return failure(kPlace, "{} bytes that look like {}, expected {}", data.size(),
                 formats::sniff(data), formats::expected());
}

std::optional<Failure> check(const DecodeOptions& options) {
  if (options.bits != 0 && (options.bits < 8 || options.bits > 16))
    return failure(kPlace, "bits = {}, expected 0 or 8 to 16", options.bits);
  if (options.channels != 0 && options.channels != 1 && options.channels != 3)
    return failure(kPlace, "channels = {}, expected 0, 1 or 3", options.channels);
  if (options.depth != 8 && options.depth != 16)
    return failure(kPlace, "depth = {}, expected 8 or 16", options.depth);
  return std::nullopt;
}

}  // namespace

Result<ImageInfo> probe_image(std::span<const uint8_t> data, int page) {
  Result<ImageInfo> info = probe_stored(data, page);
  if (info.ok() && info->orientation >= 5) std::swap(info->width, info->height);
  return info;
}

std::string_view format_of(std::span<const uint8_t> data) {
  const auto* format = formats::find(data);
  return format ? format->name : "";
}

bool ending_fits(std::string_view format, std::string_view ending) {
  const auto* row = formats::find(format);
  return row && !ending.empty() && row->endings.find(lower(ending) + " ") != std::string_view::npos;
}

std::string unsupported(std::span<const uint8_t> data, int page) {
  if (const auto* format = formats::find(data)) return format->unsupported(data, page);
  const std::string_view words = formats::sniff(data);
  if (!words.ends_with(" image")) return "";
  return fmt::format("{}, expected {}", words, formats::expected());
}

Result<Image> decode_image(std::span<const uint8_t> data, const DecodeOptions& options,
                           DecodeNotes* notes) {
  if (auto wrong = check(options)) return *wrong;
  const Result<ImageInfo> info = probe_stored(data, options.page);
  if (!info.ok()) return info.failure();
  if (int64_t{info->width} * info->height > options.max_pixels)
    return failure(kPlace, "{}×{} pixels, expected at most {} in all", info->width, info->height,
                   options.max_pixels);

  DecodeNotes unread;
  const formats::Request request{options.channels, options.bits, options.depth, options.page,
                                 notes != nullptr};
  Result<Image> image = formats::find(info->format)->decode(data, request, notes ? *notes : unread);
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
