#pragma once
// How much higher a map is inside a window than in a ring around it, from an integral image.

#include <cstdint>
#include <vector>

#include "edge/image/image.h"

namespace paucal::edge {

// The map less its mean, in 1/1024 of its standard deviation, as whole numbers: sums are exact, and
// what rounding a shifted or stretched map differs by vanishes. NaN is the mean; infinite values
// are the largest and smallest that are finite. All 0 where the map is flat.
std::vector<int64_t> normalised(const Map& map);

// In cells, half-open.
struct Window {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  int64_t area() const { return int64_t{x1 - x0} * (y1 - y0); }
};

class Contrast {
 public:
  // `values`: width × height of them, rows from the top.
  Contrast(const std::vector<int64_t>& values, int width, int height);

  // Mean inside less mean of a ring, which is a quarter of the window wide and at least a cell; 0
  // where the window is the whole map. The window lies in the map and is not empty.
  double operator()(const Window& w) const;

 private:
  int64_t sum(const Window& w) const;

  int width_, height_;
  size_t row_;
  std::vector<int64_t> sums_;
};

}  // namespace paucal::edge
