#include "edge/pre/region.h"

#include "base/error.h"
#include "edge/image/crop.h"
#include "edge/pre/preprocess.h"

namespace paucal::edge {
namespace {

struct Side {
  int width, height;
  bool operator==(const Side&) const = default;
};

Side side_of(const std::vector<int>& roi) {
  return {roi[2] - roi[0], roi[3] - roi[1]};
}

// visit(y, x0, x1) for each row of pixels that the mask hides, within the region.
template <class Visit>
void each_hidden(const Region& region, const Visit& visit) {
  if (!region.ignored) return;
  const auto& [width, height, ends] = *region.ignored;
  for (size_t i = 0; i + 1 < ends.size(); i += 2)
    for (int64_t begin = ends[i]; begin < ends[i + 1];) {
      const int64_t row = begin / width, end = std::min(ends[i + 1], (row + 1) * width);
      const int y = static_cast<int>(row) + region.mask_y;
      const int left = static_cast<int>(begin - row * width) + region.mask_x;
      const int right = static_cast<int>(end - row * width) + region.mask_x;
      const int x0 = std::max(left, region.x0), x1 = std::min(right, region.x1);
      if (y >= region.y0 && y < region.y1 && x0 < x1) visit(y, x0, x1);
      begin = end;
    }
}

// `samples`: of the region alone.
template <class T>
void fill_hidden(const Region& region, size_t channels, std::vector<T>& samples) {
  std::array<uint64_t, 3> sum{};
  uint64_t counted = 0;
  const auto add = [&](size_t first, size_t pixels, uint64_t sign) {
    for (size_t i = 0; i < pixels * channels; i += channels)
      for (size_t c = 0; c < channels; ++c) sum[c] += sign * samples[first + i + c];
    counted += sign * pixels;
  };
  const auto at = [&](int x, int y) {
    return (static_cast<size_t>(y - region.y0) * static_cast<size_t>(region.width()) +
            static_cast<size_t>(x - region.x0)) *
           channels;
  };
  add(0, samples.size() / channels, 1);
  each_hidden(region, [&](int y, int x0, int x1) {
    add(at(x0, y), static_cast<size_t>(x1 - x0), ~uint64_t{0});  // minus one, modulo 2^64
  });
  if (counted == 0) return;
  each_hidden(region, [&](int y, int x0, int x1) {
    for (size_t i = at(x0, y); i < at(x1, y); ++i)
      samples[i] = static_cast<T>((sum[i % channels] + counted / 2) / counted);
  });
}

// Adds `weight` times what `box` covers of each pixel.
void cover(Map& map, const Box& box, float weight) {
  const int left = std::max(0, static_cast<int>(box.x0)),
            top = std::max(0, static_cast<int>(box.y0));
  for (int y = top; y < map.height && static_cast<float>(y) < box.y1; ++y) {
    const auto row = static_cast<float>(y);
    const float down = std::min(box.y1, row + 1) - std::max(box.y0, row);
    for (int x = left; x < map.width && static_cast<float>(x) < box.x1; ++x) {
      const auto column = static_cast<float>(x);
      map.at(x, y) += weight * down * (std::min(box.x1, column + 1) - std::max(box.x0, column));
    }
  }
}

Box box_around(int x0, int y0, int x1, int y1) {
  return {static_cast<float>(x0), static_cast<float>(y0), static_cast<float>(x1),
          static_cast<float>(y1)};
}

}  // namespace

bool Region::counts(int x, int y) const {
  if (x < x0 || x >= x1 || y < y0 || y >= y1) return false;
  if (!ignored) return true;
  const int64_t place = int64_t{y - mask_y} * ignored->width + (x - mask_x);
  const auto& ends = ignored->ends;
  return (std::upper_bound(ends.begin(), ends.end(), place) - ends.begin()) % 2 == 0;
}

std::optional<Failure> check_size(int width, int height, const PreprocessOptions& options) {
  const std::vector<int>& roi = options.roi;
  if (!roi.empty() && (width < roi[2] || height < roi[3]))
    return failure(kRegionPlace,
                   "{} × {} pixels, expected at least {} × {}: input.roi is {},{},{},{}", width,
                   height, roi[2], roi[3], roi[0], roi[1], roi[2], roi[3]);
  if (!options.ignored) return std::nullopt;
  const Side mask{options.ignored->width, options.ignored->height};
  if (mask == Side{width, height} || (!roi.empty() && mask == side_of(roi))) return std::nullopt;
  return failure(kRegionPlace, "{} × {} pixels, expected {} × {} as the mask of input.ignore has",
                 width, height, mask.width, mask.height);
}

std::array<int, 2> passing_size(int width, int height, const PreprocessOptions& options) {
  const std::vector<int>& roi = options.roi;
  if (options.ignored) {
    const Side mask{options.ignored->width, options.ignored->height};
    if (roi.empty() || mask != side_of(roi)) return {mask.width, mask.height};
  }
  if (roi.empty()) return {width, height};
  return {std::max(width, roi[2]), std::max(height, roi[3])};
}

std::optional<Failure> check_ignored(const PreprocessOptions& options) {
  if (!options.ignored) return std::nullopt;
  const auto& [width, height, ends] = *options.ignored;
  bool sound = width > 0 && height > 0 && !ends.empty() && ends.size() <= IgnoreMask::kMaxRuns &&
               ends[0] >= 0 && ends.back() == int64_t{width} * height;
  for (size_t i = 1; sound && i < ends.size(); ++i) sound = ends[i - 1] < ends[i];
  if (!sound)
    return failure(kRegionPlace, "a mask of {} × {} in {} runs, expected at most {} that fill it",
                   width, height, ends.size(), IgnoreMask::kMaxRuns);
  const std::vector<int>& roi = options.roi;
  if (!roi.empty() && Side{width, height} != side_of(roi) && (width < roi[2] || height < roi[3]))
    return failure(
        kRegionPlace,
        "the mask of input.ignore has {} × {} pixels, expected those of whole images, at "
        "least {} × {}, or of input.roi, {} × {}",
        width, height, roi[2], roi[3], side_of(roi).width, side_of(roi).height);
  const bool of_whole = roi.empty() || (width >= roi[2] && height >= roi[3]);
  const Region region =
      of_whole ? region_of(width, height, options) : region_of(roi[2], roi[3], options);
  int64_t counted = int64_t{region.width()} * region.height();
  each_hidden(region, [&](int, int x0, int x1) { counted -= x1 - x0; });
  if (counted == 0)
    return failure(kRegionPlace, "input.ignore hides all pixels, expected to see some");
  return std::nullopt;
}

Region region_of(int width, int height, const PreprocessOptions& options) {
  Region region{0, 0, width, height};
  const std::vector<int>& roi = options.roi;
  if (!roi.empty())
    region = {std::min(roi[0], width), std::min(roi[1], height), std::min(roi[2], width),
              std::min(roi[3], height)};
  region.ignored = options.ignored;
  const bool cut = region.width() < width || region.height() < height;
  region.whole = !cut && !region.ignored;
  if (cut && region.ignored && Side{region.ignored->width, region.ignored->height} == side_of(roi))
    region.mask_x = region.x0, region.mask_y = region.y0;
  return region;
}

Region region_of(const Geometry& geometry, const PreprocessOptions& options) {
  return region_of(geometry.original_width(), geometry.original_height(), options);
}

Image looked_at(const Image& image, const Region& region) {
  Image part = cropped(image, region.x0, region.y0, region.width(), region.height());
  const auto channels = static_cast<size_t>(image.channels);
  fill_hidden(region, channels, part.pixels);
  if (part.is_deep()) fill_hidden(region, channels, part.deep);
  return part;
}

Map counted_shares(const Region& region, const Geometry& geometry, int width, int height) {
  Map shares(width, height);
  cover(shares, geometry.to_network(box_around(region.x0, region.y0, region.x1, region.y1)), 1);
  each_hidden(region, [&](int y, int x0, int x1) {
    cover(shares, geometry.to_network(box_around(x0, y, x1, y + 1)), -1);
  });
  return shares;
}

bool keep_counted(const Region& region, Box& box) {
  if (region.whole) return true;
  const Box all = box_around(region.x0, region.y0, region.x1, region.y1);
  box = {std::max(box.x0, all.x0), std::max(box.y0, all.y0), std::min(box.x1, all.x1),
         std::min(box.y1, all.y1)};
  if (box.area() <= 0) return false;
  const auto& [x0, y0, x1, y1] = box;
  const Geometry as_pixel =
      Geometry::from_matrix({x1 - x0, 0, x0, 0, y1 - y0, y0}, 1, 1, region.x1, region.y1);
  return !region.ignored || counted_shares(region, as_pixel, 1, 1).values[0] >= .5f;
}

}  // namespace paucal::edge
