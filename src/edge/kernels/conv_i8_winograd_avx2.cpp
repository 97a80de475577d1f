// 3×3 convolution with 16 instead of 36 products for 2×2 outputs, in integers throughout.

#include "edge/kernels/conv_i8_simd.h"

namespace paucal::edge {
namespace {

// B^T d B of one 4×4 tile, 16 channels at a time. |d| ≤ 255, so the sums stay within ±1020.
void transform_input(const int16_t* d, int64_t row, int64_t channels, int64_t padded,
                     int64_t position, int16_t* to) {
  for (int64_t k = 0; k < padded; k += 16) {
    __m256i t[4][4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const int16_t* at = d + j * channels + k;
      const __m256i d0 = load(at), d1 = load(at + row), d2 = load(at + 2 * row),
                    d3 = load(at + 3 * row);
      t[0][j] = _mm256_sub_epi16(d0, d2);
      t[1][j] = _mm256_add_epi16(d1, d2);
      t[2][j] = _mm256_sub_epi16(d2, d1);
      t[3][j] = _mm256_sub_epi16(d1, d3);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      int16_t* at = to + 4 * i * position + k;
      store(at, _mm256_sub_epi16(t[i][0], t[i][2]));
      store(at + position, _mm256_add_epi16(t[i][1], t[i][2]));
      store(at + 2 * position, _mm256_sub_epi16(t[i][2], t[i][1]));
      store(at + 3 * position, _mm256_sub_epi16(t[i][1], t[i][3]));
    }
  }
}

// 2G g (2G)^T of all pairs of one panel, within ±9 · 128.
void transform_weights(const int8_t* weights, int64_t pairs, int16_t* panel) {
  const int64_t position = pairs * 32 + kPositionGap;
  for (int64_t k = 0; k < 2 * pairs; ++k) {  // half a pair's 16 outputs each
    const int8_t* from = weights + k / 2 * 9 * 32 + k % 2 * 16;
    __m256i t[4][3];
#pragma GCC unroll 3
    for (int x = 0; x < 3; ++x) {
      const auto at = [&](int y) {
        return _mm256_cvtepi8_epi16(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + (y * 3 + x) * 32)));
      };
      const __m256i g0 = at(0), g1 = at(1), g2 = at(2), ends = _mm256_add_epi16(g0, g2);
      t[0][x] = _mm256_add_epi16(g0, g0);
      t[1][x] = _mm256_add_epi16(ends, g1);
      t[2][x] = _mm256_sub_epi16(ends, g1);
      t[3][x] = _mm256_add_epi16(g2, g2);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      int16_t* to = panel + 4 * i * position + k * 16;
      const __m256i ends = _mm256_add_epi16(t[i][0], t[i][2]);
      store(to, _mm256_add_epi16(t[i][0], t[i][0]));
      store(to + position, _mm256_add_epi16(ends, t[i][1]));
      store(to + 2 * position, _mm256_sub_epi16(ends, t[i][1]));
      store(to + 3 * position, _mm256_add_epi16(t[i][2], t[i][2]));
    }
  }
}

// Products of R tiles at one position, 16 channels.
template <int R>
void product(const int16_t* tiles, int64_t padded, int64_t pairs, const int16_t* weights,
             int32_t* to) {
  const int16_t* rows[R];
  for (int r = 0; r < R; ++r) rows[r] = tiles + r * padded;
  __m256i acc[R][2];
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r) acc[r][0] = acc[r][1] = _mm256_setzero_si256();
  multiply<R>(rows, 0, pairs, weights, acc);
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r) store(to + r * 16, acc[r][0]), store(to + r * 16 + 8, acc[r][1]);
}

// A^T m A / 4 + bias of 8 channels. m: 16 positions `position` apart.
void transform_output(const int32_t* m, int64_t position, const int32_t* bias, __m256i (&out)[4]) {
  __m256i s[2][4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m256i m0 = load(m + j * position), m1 = load(m + (4 + j) * position),
                  m2 = load(m + (8 + j) * position), m3 = load(m + (12 + j) * position);
    s[0][j] = _mm256_add_epi32(_mm256_add_epi32(m0, m1), m2);
    s[1][j] = _mm256_sub_epi32(_mm256_sub_epi32(m1, m2), m3);
  }
  const __m256i b = load(bias);
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const __m256i even = _mm256_add_epi32(_mm256_add_epi32(s[i][0], s[i][1]), s[i][2]);
    const __m256i odd = _mm256_sub_epi32(_mm256_sub_epi32(s[i][1], s[i][2]), s[i][3]);
    out[2 * i] = _mm256_add_epi32(_mm256_srai_epi32(even, 2), b);
    out[2 * i + 1] = _mm256_add_epi32(_mm256_srai_epi32(odd, 2), b);
  }
}

}  // namespace

void conv_i8_winograd_avx2(const ConvI8& c, const int8_t* weights, const ConvI8Call& call,
                           const ConvI8Part& part, int16_t* strip, int16_t* tiles, int16_t* panel) {
  // Whole tiles, though the last may hang over the border: the strip is wider and taller by that.
  const int64_t across = (call.out_w + 1) / 2, down = part.row_end - part.row;
  const int64_t width = 2 * across + 2;
  const int64_t padded = (c.channels + 15) / 16 * 16, pairs = (c.channels + 1) / 2;
  const StripI8 s{2 * part.row - c.pad_top, 2 * down + 2, width};
  fill_strip(c, call, part.image, s, strip);
  const int64_t count = across * down, position = count * padded + kPositionGap;
  for (int64_t t = 0; t < count; ++t)
    transform_input(strip + (t / across * 2 * width + t % across * 2) * c.channels,
                    width * c.channels, c.channels, padded, position, tiles + t * padded);

  for (int64_t p = part.panel; p < part.panel_end; ++p) {
    transform_weights(weights + p * pairs * 9 * 32, pairs, panel);
    const int64_t channel = p * kPanel;
    const int64_t channels = c.outputs - channel < kPanel ? c.outputs - channel : kPanel;
    for (int64_t t = 0; t < count; t += 6) {
      const int64_t group = count - t < 6 ? count - t : 6;
      alignas(32) int32_t m[16 * 6 * 16];
      for (int64_t k = 0; k < 16; ++k) {
        const int16_t* from = tiles + k * position + t * padded;
        const int16_t* w = panel + k * (pairs * 32 + kPositionGap);
        int32_t* to = m + k * 6 * 16;
        switch (group) {
          case 6:
            product<6>(from, padded, pairs, w, to);
            break;
          case 5:
            product<5>(from, padded, pairs, w, to);
            break;
          case 4:
            product<4>(from, padded, pairs, w, to);
            break;
          case 3:
            product<3>(from, padded, pairs, w, to);
            break;
          case 2:
            product<2>(from, padded, pairs, w, to);
            break;
          default:
            product<1>(from, padded, pairs, w, to);
        }
      }
      for (int64_t r = 0; r < group; ++r) {
        __m256i a[4], b[4];
        transform_output(m + r * 16, 6 * 16, c.requantise.bias + channel, a);
        transform_output(m + r * 16 + 8, 6 * 16, c.requantise.bias + channel + 8, b);
        const int64_t row = (part.row + (t + r) / across) * 2, column = (t + r) % across * 2;
        for (int64_t i = 0; i < 4; ++i) {
          const int64_t y = row + i / 2, x = column + i % 2;
          if (y >= call.out_h || x >= call.out_w) continue;
          const int64_t at = ((part.image * call.out_h + y) * call.out_w + x) * c.outputs + channel;
          finish_pixel(a[i], b[i], c.requantise, channel,
                       call.residual ? call.residual + at : nullptr, call.y + at, channels);
        }
      }
    }
  }
}

}  // namespace paucal::edge
