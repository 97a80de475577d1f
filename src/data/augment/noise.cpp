#include <algorithm>
#include <array>
#include <cmath>

#include "data/augment/filter.h"

namespace paucal::data {
namespace {

constexpr int kNoiseBits = 10;
constexpr int kNoiseSize = 1 << kNoiseBits;

// Equally likely values of a standard normal, in 1/1024: one draw of 64 bits gives six samples,
// where an exact one would cost a logarithm each.
std::array<int16_t, kNoiseSize> normal_quantiles() {
  std::array<int16_t, kNoiseSize> table;
  for (int i = 0; i < kNoiseSize; ++i) {
    const double target = (i + 0.5) / kNoiseSize;
    double low = -5, high = 5;
    for (int step = 0; step < 40; ++step) {
      const double middle = 0.5 * (low + high);
      (0.5 * std::erfc(-middle * M_SQRT1_2) < target ? low : high) = middle;
    }
    table[i] = static_cast<int16_t>(std::lround(1024 * low));
  }
  return table;
}

const std::array<int16_t, kNoiseSize>& normals() {
  static const std::array<int16_t, kNoiseSize> kNormal = normal_quantiles();
  return kNormal;
}

}  // namespace

void gaussian_noise(std::span<float> samples, double sigma, Random& random) {
  const std::array<int16_t, kNoiseSize>& normal = normals();
  const auto scale = static_cast<float>(sigma / 1024);
  if (scale <= 0) return;
  uint64_t bits = 0;
  int left = 0;
  for (float& value : samples) {
    if (left == 0) {
      bits = random.next();
      left = 64 / kNoiseBits;
    }
    value += scale * normal[bits % kNoiseSize];
    bits >>= kNoiseBits;
    --left;
  }
}

void gaussian_noise(edge::Image& image, double sigma, Random& random) {
  const std::array<int16_t, kNoiseSize>& kNormal = normals();
  const int scale = static_cast<int>(std::lround(std::clamp(sigma, 0.0, 255.0) * 16));
  if (scale == 0) return;
  uint64_t bits = 0;
  int left = 0;
  for (uint8_t& value : image.pixels) {
    if (left == 0) {
      bits = random.next();
      left = 64 / kNoiseBits;
    }
    const int noise = (kNormal[bits % kNoiseSize] * scale + (1 << 13)) >> 14;
    value = static_cast<uint8_t>(std::clamp(value + noise, 0, 255));
    bits >>= kNoiseBits;
    --left;
  }
}

}  // namespace paucal::data
