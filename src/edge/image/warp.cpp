#include "edge/image/warp.h"

#include <cmath>

namespace paucal::edge {
namespace {

// Two neighbours on one side, and how far the point lies towards the second.
struct Between {
  size_t first, second;
  double share;
};

Between between(double at, int size) {
  const double inside = std::clamp(at - .5, 0.0, static_cast<double>(size - 1));
  const auto first = static_cast<size_t>(inside);
  return {first, std::min(first + 1, static_cast<size_t>(size - 1)),
          inside - static_cast<double>(first)};
}

template <class T>
void warp(const Image& image, const std::vector<T>& from, const std::array<double, 6>& m, int width,
          int height, std::vector<T>& to) {
  const auto channels = static_cast<size_t>(image.channels);
  const auto stride = static_cast<size_t>(image.width) * channels;
  T* out = to.data();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double u = x + .5, v = y + .5;
      const Between column = between(m[0] * u + m[1] * v + m[2], image.width);
      const Between row = between(m[3] * u + m[4] * v + m[5], image.height);
      const T* upper = from.data() + row.first * stride;
      const T* lower = from.data() + row.second * stride;
      const size_t left = column.first * channels, right = column.second * channels;
      for (size_t c = 0; c < channels; ++c) {
        const double above =
            upper[left + c] + column.share * (double{1} * upper[right + c] - upper[left + c]);
        const double below =
            lower[left + c] + column.share * (double{1} * lower[right + c] - lower[left + c]);
        *out++ = static_cast<T>(above + row.share * (below - above) + .5);
      }
    }
}

}  // namespace

Image warped(const Image& image, const std::array<double, 6>& output_to_input, int width,
             int height) {
  if (image.empty() || width < 1 || height < 1) return {};
  Image result(width, height, image.channels);
  warp(image, image.pixels, output_to_input, width, height, result.pixels);
  if (!image.is_deep()) return result;
  result.deep.resize(result.pixels.size());
  warp(image, image.deep, output_to_input, width, height, result.deep);
  return result;
}

}  // namespace paucal::edge
