#include "spool/image_statistics.h"

#include <algorithm>
#include <cmath>

namespace paucal::spool {
namespace {

constexpr double kPlaces = 16384;

// BT.601, as JPEG has it.
double luma(const edge::Image& image, int x, int y) {
  const size_t at =
      (static_cast<size_t>(y) * image.width + x) * static_cast<size_t>(image.channels);
  const auto value = [&](size_t c) {
    return image.is_deep() ? image.deep[at + c] / 257. : image.pixels[at + c];
  };
  return image.channels == 1 ? value(0) : .299 * value(0) + .587 * value(1) + .114 * value(2);
}

struct Moments {
  double n = 0, sum = 0, squares = 0;

  void add(double value) {
    ++n;
    sum += value;
    squares += value * value;
  }
  double mean() const { return n > 0 ? sum / n : 0; }
  double variance() const { return n > 0 ? std::max(0., squares / n - mean() * mean()) : 0; }
};

}  // namespace

ImageStatistics image_statistics(const edge::Image& image) {
  const int step = std::max(
      1, static_cast<int>(std::sqrt(static_cast<double>(image.width) * image.height / kPlaces)));
  Moments brightness, laplacian;
  for (int y = 0; y < image.height; y += step)
    for (int x = 0; x < image.width; x += step) {
      const double here = luma(image, x, y);
      brightness.add(here);
      if (x > 0 && y > 0 && x + 1 < image.width && y + 1 < image.height)
        laplacian.add(luma(image, x - 1, y) + luma(image, x + 1, y) + luma(image, x, y - 1) +
                      luma(image, x, y + 1) - 4 * here);
    }
  return {brightness.mean(), std::sqrt(brightness.variance()), laplacian.variance()};
}

}  // namespace paucal::spool
