#include "edge/pre/local_contrast.h"

#include <array>
#include <cmath>

#include "edge/image/deep.h"

namespace paucal::edge {
namespace {

template <class T>
uint32_t grey(const T* pixel, int channels) {
  return channels == 1 ? pixel[0] : (77u * pixel[0] + 150u * pixel[1] + 29u * pixel[2] + 128) >> 8;
}

// Sums over rows 0 … y-1 and columns 0 … x-1, of values and of squares. Exact in 64 bits.
struct Integral {
  int stride;
  std::vector<uint64_t> sum, squares;

  template <class T>
  Integral(const Image& image, const T* samples)
      : stride(image.width + 1),
        sum(static_cast<size_t>(stride) * (image.height + 1)),
        squares(sum.size()) {
    for (int y = 0; y < image.height; ++y) {
      uint64_t row_sum = 0, row_squares = 0;
      const size_t above = static_cast<size_t>(y) * stride + 1;
      for (int x = 0; x < image.width; ++x, samples += image.channels) {
        const uint64_t value = grey(samples, image.channels);
        row_sum += value;
        row_squares += value * value;
        sum[above + stride + x] = sum[above + x] + row_sum;
        squares[above + stride + x] = squares[above + x] + row_squares;
      }
    }
  }

  static double over(const std::vector<uint64_t>& table, size_t top, size_t bottom, int x0,
                     int x1) {
    return static_cast<double>(table[bottom + x1] - table[top + x1] - table[bottom + x0] +
                               table[top + x0]);
  }
};

double deviation(double sum, double squares, double count) {
  const double mean = sum / count;
  return std::sqrt(std::max(0., squares / count - mean * mean));
}

template <class T>
void fill_contrast(const Image& image, const T* samples, int radius, std::array<int, 2> canvas,
                   double epsilon, float* plane) {
  const Integral integral(image, samples);
  for (int y = 0; y < std::min(canvas[1], image.height); ++y) {
    const int y0 = std::max(0, y - radius), y1 = std::min(image.height, y + radius + 1);
    const size_t top = static_cast<size_t>(y0) * integral.stride;
    const size_t bottom = static_cast<size_t>(y1) * integral.stride;
    const T* row = samples + static_cast<size_t>(y) * image.width * image.channels;
    for (int x = 0; x < std::min(canvas[0], image.width); ++x) {
      const int x0 = std::max(0, x - radius), x1 = std::min(image.width, x + radius + 1);
      const double count = static_cast<double>(y1 - y0) * (x1 - x0);
      const double sum = Integral::over(integral.sum, top, bottom, x0, x1);
      const double squares = Integral::over(integral.squares, top, bottom, x0, x1);
      const double value = grey(row + x * image.channels, image.channels);
      plane[static_cast<size_t>(y) * canvas[0] + x] =
          static_cast<float>((value - sum / count) / (deviation(sum, squares, count) + epsilon));
    }
  }
}

}  // namespace

double grey_deviation(const Image& image) {
  uint64_t sum = 0, squares = 0;
  const size_t pixels = static_cast<size_t>(image.width) * image.height;
  with_samples(image, [&](const auto* samples, int) {
    for (size_t i = 0; i < pixels; ++i, samples += image.channels) {
      const uint64_t value = grey(samples, image.channels);
      sum += value;
      squares += value * value;
    }
  });
  return pixels == 0 ? 0
                     : deviation(static_cast<double>(sum), static_cast<double>(squares),
                                 static_cast<double>(pixels));
}

void local_contrast(const Image& image, int radius, int canvas_width, int canvas_height,
                    float* plane) {
  local_contrast(image, radius, canvas_width, canvas_height, grey_deviation(image), plane);
}

void local_contrast(const Image& image, int radius, int canvas_width, int canvas_height,
                    double std_of_whole, float* plane) {
  if (image.empty()) return;
  const double epsilon = .1 * std_of_whole + 1;
  with_samples(image, [&](const auto* samples, int) {
    fill_contrast(image, samples, radius, {canvas_width, canvas_height}, epsilon, plane);
  });
}

}  // namespace paucal::edge
