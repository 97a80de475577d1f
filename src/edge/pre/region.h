#pragma once
// Which pixels of an image count: those of the region of interest (input.roi) that no mask hides
// (input.ignore). What is hidden is filled with the mean of what counts before a network sees it,
// so nothing that lies there can change a verdict.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "edge/pre/geometry.h"

namespace paucal::edge {

struct PreprocessOptions;

inline constexpr std::string_view kRegionPlace = "region";  // of its failures

// Runs of pixels in reading order, alternately counted and hidden; the first may be empty.
struct IgnoreMask {
  static constexpr size_t kMaxRuns = 500'000;

  int width = 0, height = 0;
  std::vector<int64_t> ends;  // of each run, ascending; the last is width × height
};

// Of one image. Half-open, in its pixels.
struct Region {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool whole = true;                               // every pixel counts
  std::shared_ptr<const IgnoreMask> ignored = {};  // may be null
  int mask_x = 0, mask_y = 0;                      // where the mask's first pixel lies

  int width() const { return x1 - x0; }
  int height() const { return y1 - y0; }
  bool counts(int x, int y) const;
};

// A pixel of a map, or a cell, of which a smaller share counts is hidden.
inline constexpr float kLeastCounted = .004f;

// What an image of this size lacks: it is smaller than the region, or of another size than the
// mask, which is that of whole images or that of the region. Names both sizes.
std::optional<Failure> check_size(int width, int height, const PreprocessOptions& options);
// A size that check_size() passes: this one where it does, else one that has the region and the
// mask.
std::array<int, 2> passing_size(int width, int height, const PreprocessOptions& options);
// A mask that is damaged, fits no image that holds the region, or hides all of it.
std::optional<Failure> check_ignored(const PreprocessOptions& options);

// Of an image that passes check_size().
Region region_of(int width, int height, const PreprocessOptions& options);
// Of the image that `geometry` leads back to.
Region region_of(const Geometry& geometry, const PreprocessOptions& options);

// The region of `image`, with what the mask hides filled.
Image looked_at(const Image& image, const Region& region);

// Of each pixel of a map of width × height, the share that counts, 0 … 1. `geometry`: map pixels →
// original pixels, without a turn.
Map counted_shares(const Region& region, const Geometry& geometry, int width, int height);
// Cuts a box, in original pixels, to the region; false where most of what is left is hidden, or
// nothing is left.
bool keep_counted(const Region& region, Box& box);

}  // namespace paucal::edge
