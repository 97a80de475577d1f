#include "data/set/truth_mask.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "data/set/mask_file.h"

namespace paucal::data {
namespace {

// The first pixel whose centre does not lie before `at`, within `size`.
int first_centre(double at, int size) {
  return static_cast<int>(std::clamp(std::ceil(at - .5), 0., static_cast<double>(size)));
}

// Where the ring crosses the middle of each row.
std::vector<std::vector<double>> crossings_of(const labels::Ring& ring, int height) {
  std::vector<std::vector<double>> rows(static_cast<size_t>(height));
  for (size_t i = 0; i < ring.size(); ++i) {
    auto a = ring[i], b = ring[(i + 1) % ring.size()];
    if (a[1] > b[1]) std::swap(a, b);
    const double slope = (double{b[0]} - a[0]) / (double{b[1]} - a[1]);
    for (int y = first_centre(a[1], height); y < first_centre(b[1], height); ++y)
      rows[static_cast<size_t>(y)].push_back(a[0] + slope * (y + .5 - a[1]));
  }
  return rows;
}

// A pixel is covered where its centre is; of what is too thin to cover any, those of its corners.
void fill(const labels::Ring& ring, edge::Image& mask) {
  bool any = false;
  const auto rows = crossings_of(ring, mask.height);
  for (int y = 0; y < mask.height; ++y) {
    std::vector<double> row = rows[static_cast<size_t>(y)];
    std::ranges::sort(row);
    for (size_t i = 0; i + 1 < row.size(); i += 2)
      for (int x = first_centre(row[i], mask.width); x < first_centre(row[i + 1], mask.width);
           ++x) {
        mask.at(x, y) = 255;
        any = true;
      }
  }
  if (any) return;
  for (const auto& [x, y] : ring)
    if (x >= 0 && y >= 0 && x < static_cast<float>(mask.width) &&
        y < static_cast<float>(mask.height))
      mask.at(static_cast<int>(x), static_cast<int>(y)) = 255;
}

}  // namespace

std::optional<edge::Image> truth_mask(const std::filesystem::path& root, const ImageTruth& truth,
                                      int width, int height, int64_t max_pixels) {
  if (!truth.known) return std::nullopt;
  if (!truth.mask_path.empty()) {
    edge::Image mask = value_or_throw(read_mask_file(root / truth.mask_path, max_pixels)).defects;
    if (mask.width != width || mask.height != height) return std::nullopt;
    return mask;
  }
  edge::Image mask(width, height, 1);
  for (const auto& instance : truth.objects) {
    if (instance.polygons.empty()) return std::nullopt;
    for (const auto& ring : instance.polygons) fill(ring, mask);
  }
  return mask;
}

}  // namespace paucal::data
