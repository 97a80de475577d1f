// Depthwise convolution: 16 channels at a time, two taps in one multiply-add, two pixels beside
// each other so that they share the loads of the weights.

#include "edge/kernels/conv_i8_simd.h"

namespace paucal::edge {
namespace {

struct Sums {
  __m256i low, high;  // channels 0-3, 8-11 and 4-7, 12-15: as unpacklo and unpackhi give them
};

inline void add_taps(__m256i a, __m256i b, __m256i weights_low, __m256i weights_high, Sums& sums) {
  sums.low =
      _mm256_add_epi32(sums.low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), weights_low));
  sums.high =
      _mm256_add_epi32(sums.high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), weights_high));
}

inline void finish(Sums sums, const RequantiseI8& q, int64_t p, const uint8_t* residual, uint8_t* y,
                   int64_t count) {
  const __m256 scale_low = _mm256_loadu_ps(q.scale + p);
  const __m256 scale_high = _mm256_loadu_ps(q.scale + p + 8);
  if (residual) {
    const __m256i r = _mm256_cvtepu8_epi16(load_u8(residual, count));
    const __m256i zero = _mm256_setzero_si256();
    sums.low = requantise(sums.low, scale_low, q, _mm256_unpacklo_epi16(r, zero));
    sums.high = requantise(sums.high, scale_high, q, _mm256_unpackhi_epi16(r, zero));
  } else {
    sums.low = requantise(sums.low, scale_low, q);
    sums.high = requantise(sums.high, scale_high, q);
  }
  store_u8(y, to_bytes(_mm256_packs_epi32(sums.low, sums.high), q), count);
}

// One row of pixels of one block of channels. Pairs: known at compile time for 3×3, else 0.
template <int Pairs>
void row_of_block(const ConvI8& c, const int16_t* x, const int64_t* taps, int64_t pairs_given,
                  const int16_t* weights, int64_t p, const uint8_t* residual, uint8_t* y,
                  int64_t pixels, int64_t count) {
  const int64_t pairs = Pairs ? Pairs : pairs_given;
  const int64_t step = c.stride_w * c.channels;
  const Sums start{load(c.requantise.bias + p), load(c.requantise.bias + p + 8)};
  int64_t i = 0;
  for (; i + 2 <= pixels; i += 2) {
    Sums first = start, second = start;
    const int16_t* from = x + i * step;
#pragma GCC unroll 5
    for (int64_t k = 0; k < pairs; ++k) {
      const __m256i w_low = load(weights + k * 32), w_high = load(weights + k * 32 + 16);
      const int16_t *a = from + taps[2 * k], *b = from + taps[2 * k + 1];
      add_taps(load(a), load(b), w_low, w_high, first);
      add_taps(load(a + step), load(b + step), w_low, w_high, second);
    }
    const int64_t at = i * c.channels;
    finish(first, c.requantise, p, residual ? residual + at : nullptr, y + at, count);
    finish(second, c.requantise, p, residual ? residual + at + c.channels : nullptr,
           y + at + c.channels, count);
  }
  if (i == pixels) return;
  Sums sums = start;
  const int16_t* from = x + i * step;
  for (int64_t k = 0; k < pairs; ++k)
    add_taps(load(from + taps[2 * k]), load(from + taps[2 * k + 1]), load(weights + k * 32),
             load(weights + k * 32 + 16), sums);
  const int64_t at = i * c.channels;
  finish(sums, c.requantise, p, residual ? residual + at : nullptr, y + at, count);
}

}  // namespace

void conv_i8_depthwise_avx2(const ConvI8& c, const int16_t* weights, const ConvI8Call& call,
                            const ConvI8Part& part, int16_t* strip, int64_t* taps) {
  const StripI8 s = strip_of(c, call.w, part.row, part.row_end);
  fill_strip(c, call, part.image, s, strip);
  const int64_t count = c.kernel_h * c.kernel_w;
  for (int64_t t = 0; t < count; ++t)
    taps[t] =
        (t / c.kernel_w * c.dilation_h * s.width + t % c.kernel_w * c.dilation_w) * c.channels;
  const int64_t pairs = (count + 1) / 2;
  if (count % 2) taps[count] = taps[count - 1];  // its weight is 0
  for (int64_t p = part.panel; p < part.panel_end; ++p) {
    const int64_t channel = p * kPanel;
    const int64_t left = c.channels - channel < kPanel ? c.channels - channel : kPanel;
    for (int64_t row = part.row; row < part.row_end; ++row) {
      const int16_t* x = strip + (row - part.row) * c.stride_h * s.width * c.channels + channel;
      const int64_t at = (part.image * call.out_h + row) * call.out_w * c.outputs + channel;
      const uint8_t* residual = call.residual ? call.residual + at : nullptr;
      const auto kernel = pairs == 5 ? row_of_block<5> : row_of_block<0>;
      kernel(c, x, taps, pairs, weights + p * pairs * 32, channel, residual, call.y + at,
             call.out_w, left);
    }
  }
}

}  // namespace paucal::edge
