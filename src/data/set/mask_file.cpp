#include "data/set/mask_file.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "edge/pre/decode.h"

namespace paucal::data {
namespace {

using Colour = std::array<uint8_t, 3>;

constexpr int kDark = 8, kBright = 247;  // what JPEG makes of 0 and 255
constexpr int kFewValues = 32;           // of classes; of the edges of smoothed masks
constexpr double kMostPixels = .98;      // are dark or bright, where there are more values

// The first colour of a palette PNG.
std::optional<Colour> first_of_palette(std::span<const uint8_t> png) {
  constexpr size_t kHeader = 8, kColourType = 25, kPalette = 3;
  if (png.size() <= kColourType || png[1] != 'P' || png[kColourType] != kPalette) return {};
  for (size_t at = kHeader; at + 12 <= png.size();) {
    const size_t length =
        size_t{png[at]} << 24 | size_t{png[at + 1]} << 16 | size_t{png[at + 2]} << 8 | png[at + 3];
    if (png[at + 4] == 'P' && png[at + 5] == 'L' && length >= 3 && at + 11 <= png.size())
      return Colour{png[at + 8], png[at + 9], png[at + 10]};
    at += length + 12;
  }
  return {};
}

std::array<int64_t, 256> counts_of_greys(const edge::Image& grey) {
  std::array<int64_t, 256> counts{};
  for (const uint8_t value : grey.pixels) ++counts[value];
  return counts;
}

bool is_plausible(const edge::Image& grey) {
  const auto counts = counts_of_greys(grey);
  const auto values = 256 - std::ranges::count(counts, 0);
  int64_t dark = 0, bright = 0;
  for (int value = 0; value <= kDark; ++value) dark += counts[static_cast<size_t>(value)];
  for (int value = kBright; value < 256; ++value) bright += counts[static_cast<size_t>(value)];
  if (values == 1) return dark + bright > 0;
  if (dark == 0) return false;
  return values <= kFewValues || static_cast<double>(dark + bright) >=
                                     kMostPixels * static_cast<double>(grey.pixels.size());
}

void mark_bright(edge::Image& mask, bool exact) {
  const bool dim = exact && std::ranges::max(mask.pixels) < 128;
  for (uint8_t& pixel : mask.pixels) pixel = pixel > (dim ? 0 : 127) ? 255 : 0;
}

// The background is the first colour, or the most frequent one where nothing has that: what is
// transparent shows in white.
edge::Image marked_by_index(const edge::Image& rgb, const Colour& first) {
  const auto at = [&](size_t i) {
    return Colour{rgb.pixels[3 * i], rgb.pixels[3 * i + 1], rgb.pixels[3 * i + 2]};
  };
  edge::Image mask(rgb.width, rgb.height, 1);
  std::map<Colour, int64_t> counts;
  for (size_t i = 0; i < mask.pixels.size(); ++i) ++counts[at(i)];
  const auto most = std::ranges::max_element(counts, {}, [](const auto& c) { return c.second; });
  const Colour background = counts.contains(first) ? first : most->first;
  for (size_t i = 0; i < mask.pixels.size(); ++i) mask.pixels[i] = at(i) == background ? 0 : 255;
  return mask;
}

}  // namespace

Result<MaskFile> read_mask_file(const std::filesystem::path& path, int64_t max_pixels) {
  const Result<Bytes> data = read_file(path);
  if (!data.ok()) return data.failure();
  Result<edge::Image> grey = edge::decode_image(*data, {.channels = 1, .max_pixels = max_pixels});
  if (!grey.ok()) return grey.failure();
  MaskFile mask{*grey, std::move(*grey), true};
  mask.plausible = is_plausible(mask.grey);
  if (const auto first = first_of_palette(*data)) {
    const auto rgb = edge::decode_image(*data, {.channels = 3, .max_pixels = max_pixels});
    if (!rgb.ok()) return rgb.failure();
    mask.defects = marked_by_index(*rgb, *first);
    mask.plausible = 256 - std::ranges::count(counts_of_greys(mask.grey), 0) <= kFewValues;
    return mask;
  }
  const auto info = edge::probe_image(*data);
  mark_bright(mask.defects, info.ok() && info->format == "PNG");
  return mask;
}

}  // namespace paucal::data
