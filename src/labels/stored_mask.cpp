#include "labels/stored_mask.h"

#include <algorithm>
#include <optional>

#include "base/base64.h"
#include "base/error.h"
#include "edge/pre/decode.h"
#include "labels/json_fields.h"
#include "labels/outline.h"

namespace paucal::labels {
namespace {

constexpr int64_t kMaxMaskPixels = int64_t{1} << 26;  // of the bounds of one object

using Counts = std::vector<int64_t>;

std::optional<Counts> counts_of_list(const Json& list) {
  Counts counts;
  for (const Json& count : list) {
    if (!count.is_number_integer() || count.get<int64_t>() < 0) return std::nullopt;
    counts.push_back(count.get<int64_t>());
  }
  return counts;
}

// Five bits a character, from '0' on, the lowest first; bit 5 says that more follow, bit 4 of the
// last one is the sign. From the fourth on, the difference to the count before the last.
std::optional<Counts> counts_of_text(std::string_view text) {
  Counts counts;
  for (size_t at = 0; at < text.size();) {
    int64_t value = 0;
    for (int shift = 0;; shift += 5) {
      if (at == text.size() || shift > 40) return std::nullopt;
      const int c = text[at++] - '0';
      if (c < 0 || c > 63) return std::nullopt;
      value |= int64_t{c & 31} << shift;
      if ((c & 32) != 0) continue;
      if ((c & 16) != 0) value -= int64_t{32} << shift;
      break;
    }
    if (counts.size() > 2) value += counts[counts.size() - 2];
    if (value < 0 || value > int64_t{1} << 40) return std::nullopt;
    counts.push_back(value);
  }
  return counts;
}

// The columns of `width` × `height` that the runs of 1 touch, half-open; empty where there are
// none.
std::pair<int64_t, int64_t> touched_columns(const Counts& counts, int64_t height) {
  int64_t at = 0, first = -1, last = -1;
  for (size_t i = 0; i < counts.size(); at += counts[i++]) {
    if (i % 2 == 0 || counts[i] == 0) continue;
    if (first < 0) first = at / height;
    last = (at + counts[i] - 1) / height;
  }
  return {std::max<int64_t>(first, 0), last + 1};
}

// The touched columns as a picture.
edge::Image paint(const Counts& counts, int64_t first, int64_t end, int64_t height) {
  edge::Image mask(static_cast<int>(end - first), static_cast<int>(height), 1);
  int64_t at = 0;
  for (size_t i = 0; i < counts.size(); at += counts[i++])
    for (int64_t k = at; i % 2 == 1 && k < at + counts[i]; ++k)
      mask.at(static_cast<int>(k / height - first), static_cast<int>(k % height)) = 1;
  return mask;
}

Polygons moved(Polygons polygons, float x, float y) {
  for (auto& ring : polygons)
    for (auto& point : ring) point = {point[0] + x, point[1] + y};
  return polygons;
}

}  // namespace

edge::Box RunLengths::bounds() const {
  const auto [first, end] = touched_columns(counts, height);
  int64_t at = 0, top = height, bottom = 0;
  for (size_t i = 0; i < counts.size(); at += counts[i++]) {
    if (i % 2 == 0 || counts[i] == 0) continue;
    const int64_t from = at % height, to = from + counts[i];  // beyond: into the next column
    top = to > height ? 0 : std::min(top, from);
    bottom = to > height ? height : std::max(bottom, to);
  }
  if (first >= end) return {};
  return {static_cast<float>(first), static_cast<float>(top), static_cast<float>(end),
          static_cast<float>(bottom)};
}

Result<RunLengths> run_lengths(const Json& segmentation) {
  const Json* size = array_member(segmentation, "size");
  const Json* stored = member(segmentation, "counts");
  const int64_t height = size && size->size() == 2 ? side_of((*size)[0]) : 0;
  const int64_t width = height > 0 ? side_of((*size)[1]) : 0;
  if (width == 0) return failure("coco", "run lengths without size, expected [height, width]");
  std::optional<Counts> counts;
  if (stored && stored->is_array()) counts = counts_of_list(*stored);
  if (stored && stored->is_string()) counts = counts_of_text(stored->get_ref<const std::string&>());
  if (!counts) return failure("coco", "counts are neither run lengths nor their text");
  int64_t left = height * width;  // below 0: a run leaves the image
  for (auto count = counts->begin(); count != counts->end() && left >= 0; ++count)
    left = *count > left ? -1 : left - *count;
  if (left != 0) return failure("coco", "counts do not add up to size {} × {}", height, width);
  return RunLengths{height, width, std::move(*counts)};
}

Result<Polygons> polygons_of_rle(const Json& segmentation) {
  const Result<RunLengths> runs = run_lengths(segmentation);
  if (!runs.ok()) return runs.failure();
  const int64_t height = runs->height;
  const auto [first, end] = touched_columns(runs->counts, height);
  if (first >= end) return failure("coco", "the mask is empty");
  if ((end - first) * height > kMaxMaskPixels)
    return failure("coco", "mask of {} columns of {} pixels, expected at most {} pixels",
                   end - first, height, kMaxMaskPixels);
  return moved(cover(paint(runs->counts, first, end, height)), static_cast<float>(first), 0);
}

Result<Polygons> polygons_of_picture(std::string_view base64, int x, int y, int width, int height) {
  const auto bytes = from_base64(base64);
  if (!bytes || bytes->empty()) return failure("labelme", "the mask is no base64");
  auto mask = edge::decode_image(*bytes, {.channels = 1, .max_pixels = kMaxMaskPixels});
  if (!mask.ok()) return mask.failure();
  if (mask->width != width || mask->height != height)
    return failure("labelme", "the mask is {}×{}, its points say {}×{}", mask->width, mask->height,
                   width, height);
  Polygons polygons = cover(*mask);
  if (polygons.empty()) return failure("labelme", "the mask is empty");
  return moved(std::move(polygons), static_cast<float>(x), static_cast<float>(y));
}

}  // namespace paucal::labels
