#include "data/augment/statistics.h"

#include <algorithm>

#include "data/augment/simd.h"

namespace paucal::data {
namespace {

constexpr int kBlock = 192;  // bytes: whole vectors and whole pixels

PAUCAL_SIMD void block_extrema(const uint8_t* p, size_t blocks, uint8_t* low, uint8_t* high) {
  for (; blocks > 0; --blocks, p += kBlock)
    for (int i = 0; i < kBlock; ++i) {
      low[i] = std::min(low[i], p[i]);
      high[i] = std::max(high[i], p[i]);
    }
}

PAUCAL_SIMD uint32_t sum_bytes(const uint8_t* p, size_t count) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += p[i];
  return sum;
}

}  // namespace

Histogram histogram(const edge::Image& image) {
  // Equal neighbours are common, and a counter cannot be raised twice in a row without waiting:
  // four pixels in a row count in four tables.
  std::array<Histogram, 4> part{};
  const int channels = image.channels;
  const uint8_t* p = image.pixels.data();
  const size_t pixels = image.pixels.size() / channels;
  size_t i = 0;
  for (; channels == 3 && i + 4 <= pixels; i += 4, p += 12)
    for (int k = 0; k < 4; ++k)
      for (int c = 0; c < 3; ++c) ++part[k][c][p[3 * k + c]];
  for (; channels == 1 && i + 4 <= pixels; i += 4, p += 4)
    for (int k = 0; k < 4; ++k) ++part[k][0][p[k]];
  for (; i < pixels; ++i, p += channels)
    for (int c = 0; c < channels; ++c) ++part[0][c][p[c]];
  for (int c = 0; c < channels; ++c)
    for (int v = 0; v < 256; ++v) part[0][c][v] += part[1][c][v] + part[2][c][v] + part[3][c][v];
  return part[0];
}

Extrema extrema(const edge::Image& image) {
  std::array<uint8_t, kBlock> low, high;
  low.fill(255);
  high.fill(0);
  const size_t blocks = image.pixels.size() / kBlock;
  block_extrema(image.pixels.data(), blocks, low.data(), high.data());
  const uint8_t* rest = image.pixels.data() + blocks * kBlock;
  for (size_t i = 0; i < image.pixels.size() - blocks * kBlock; ++i) {
    low[i] = std::min(low[i], rest[i]);
    high[i] = std::max(high[i], rest[i]);
  }
  Extrema result{{255, 255, 255}, {0, 0, 0}};
  for (int i = 0; i < kBlock; ++i) {
    const int c = i % image.channels;
    result.low[c] = std::min(result.low[c], low[i]);
    result.high[c] = std::max(result.high[c], high[i]);
  }
  return result;
}

PAUCAL_SIMD void luma(const uint8_t* rgb, uint8_t* grey, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const uint32_t sum = 19595u * rgb[3 * i] + 38470u * rgb[3 * i + 1] + 7471u * rgb[3 * i + 2];
    grey[i] = static_cast<uint8_t>((sum + 0x8000) >> 16);
  }
}

int mean_grey(const edge::Image& image) {
  const size_t pixels = image.pixels.size() / image.channels;
  const uint8_t* p = image.pixels.data();
  constexpr size_t kChunk = 4096;
  uint8_t grey[kChunk];
  uint64_t sum = 0;
  for (size_t i = 0; i < pixels; i += kChunk) {
    const size_t count = std::min(kChunk, pixels - i);
    if (image.channels == 1) {
      sum += sum_bytes(p + i, count);
    } else {
      luma(p + 3 * i, grey, count);
      sum += sum_bytes(grey, count);
    }
  }
  return static_cast<int>((2 * sum + pixels) / (2 * pixels));
}

}  // namespace paucal::data
