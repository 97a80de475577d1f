#include <cmath>
#include <cstring>

#include "data/augment/border.h"
#include "data/augment/filter.h"
#include "data/augment/simd.h"

namespace paucal::data {
namespace {

constexpr int kMaxRadius = 64;

// Half of a symmetric kernel in 1/256, the centre first; the whole sums to 256.
struct Kernel {
  int radius = 0;
  uint16_t weight[kMaxRadius + 1] = {};
};

Kernel gaussian(double sigma) {
  Kernel kernel;
  kernel.radius = std::min(static_cast<int>(std::ceil(3 * sigma)), kMaxRadius);
  double exact[kMaxRadius + 1], total = 0;
  for (int i = 0; i <= kernel.radius; ++i) {
    exact[i] = std::exp(-0.5 * i * i / (sigma * sigma));
    total += i == 0 ? exact[i] : 2 * exact[i];
  }
  // Round the running sum from the tail inwards: the whole is 256 exactly, however flat the kernel.
  double tail = 0;
  long rounded = 0;
  for (int i = kernel.radius; i > 0; --i) {
    tail += 256 * exact[i] / total;
    kernel.weight[i] = static_cast<uint16_t>(std::lround(tail) - rounded);
    rounded = std::lround(tail);
  }
  kernel.weight[0] = static_cast<uint16_t>(256 - 2 * rounded);
  return kernel;
}

// sum += weight · (a + b), along a row; 255 · 256 fits.
PAUCAL_SIMD void add_weighted(const uint8_t* a, const uint8_t* b, uint16_t weight, uint16_t* sum,
                              int count) {
  for (int i = 0; i < count; ++i) sum[i] = static_cast<uint16_t>(sum[i] + weight * (a[i] + b[i]));
}

PAUCAL_SIMD void start_weighted(const uint8_t* a, uint16_t weight, uint16_t* sum, int count) {
  for (int i = 0; i < count; ++i) sum[i] = static_cast<uint16_t>(weight * a[i] + 128);
}

PAUCAL_SIMD void finish(const uint16_t* sum, uint8_t* out, int count) {
  for (int i = 0; i < count; ++i) out[i] = static_cast<uint8_t>(std::min(sum[i] >> 8, 255));
}

}  // namespace

void gaussian_blur(const edge::Image& in, double sigma, edge::Image& out, Scratch& scratch) {
  reshape_like(out, in);
  if (!(sigma > 0.1)) {
    out.pixels = in.pixels;
    return;
  }
  const Kernel kernel = gaussian(sigma);
  const int channels = in.channels, stride = in.width * channels;
  const int reach = kernel.radius * channels;
  scratch.row.resize(stride);
  scratch.bytes.resize(stride + 2 * reach);  // one row with its mirrored margins
  for (int y = 0; y < in.height; ++y) {
    uint16_t* sum = scratch.row.data();
    start_weighted(in.row(y), kernel.weight[0], sum, stride);
    for (int k = 1; k <= kernel.radius; ++k)
      add_weighted(in.row(mirror(y - k, in.height)), in.row(mirror(y + k, in.height)),
                   kernel.weight[k], sum, stride);
    uint8_t* middle = scratch.bytes.data() + reach;
    finish(sum, middle, stride);
    for (int x = 1; x <= kernel.radius; ++x) {
      const int left = mirror(-x, in.width), right = mirror(in.width - 1 + x, in.width);
      std::memcpy(middle - x * channels, middle + left * channels, channels);
      std::memcpy(middle + stride + (x - 1) * channels, middle + right * channels, channels);
    }
    start_weighted(middle, kernel.weight[0], sum, stride);
    for (int k = 1; k <= kernel.radius; ++k)
      add_weighted(middle - k * channels, middle + k * channels, kernel.weight[k], sum, stride);
    finish(sum, out.row(y), stride);
  }
}

}  // namespace paucal::data
