#pragma once
// Shared by the int8 *_avx2.cpp files and by nothing else: each gets its own copy, so that no code
// compiled for AVX2 can be linked into the portable paths.

#include <immintrin.h>

#include <cstring>

#include "edge/kernels/conv_i8.h"

namespace paucal::edge {
namespace {

inline __m256i load(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}

inline void store(void* p, __m256i v) {
  _mm256_storeu_si256(static_cast<__m256i*>(p), v);
}

inline __m256i widen_u8(const uint8_t* p) {
  return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

// Two neighbouring channels of one pixel in every lane.
inline __m256i broadcast_pair(const int16_t* p) {
  int32_t pair;
  std::memcpy(&pair, p, sizeof(pair));
  return _mm256_set1_epi32(pair);
}

// Eight sums, bias included, to steps of the output. Too small ones become very negative integers.
inline __m256i requantise(__m256i acc, __m256 scale, const RequantiseI8& q) {
  const __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc), scale);
  return _mm256_cvtps_epi32(_mm256_min_ps(v, _mm256_set1_ps(q.high)));
}

// The same with eight residuals, still as integers.
inline __m256i requantise(__m256i acc, __m256 scale, const RequantiseI8& q, __m256i residual) {
  const __m256 r =
      _mm256_cvtepi32_ps(_mm256_sub_epi32(residual, _mm256_set1_epi32(q.residual_zero)));
  const __m256 v = _mm256_fmadd_ps(r, _mm256_set1_ps(q.residual_scale),
                                   _mm256_mul_ps(_mm256_cvtepi32_ps(acc), scale));
  return _mm256_cvtps_epi32(_mm256_min_ps(v, _mm256_set1_ps(q.high)));
}

// Sixteen of them to bytes. Every step saturates, so the lower bound can wait for the end.
inline __m128i to_bytes(__m256i words, const RequantiseI8& q) {
  words = _mm256_adds_epi16(words, _mm256_set1_epi16(static_cast<int16_t>(q.zero)));
  const __m128i bytes =
      _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  return _mm_max_epu8(bytes, _mm_set1_epi8(static_cast<char>(static_cast<int>(q.low) + q.zero)));
}

// The first `count` ≤ 16 bytes.
inline void store_u8(uint8_t* y, __m128i bytes, int64_t count) {
  if (count >= kPanel) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y), bytes);
    return;
  }
  uint8_t all[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(all), bytes);
  for (int64_t i = 0; i < count; ++i) y[i] = all[i];
}

inline __m128i load_u8(const uint8_t* x, int64_t count) {
  if (count >= kPanel) return _mm_loadu_si128(reinterpret_cast<const __m128i*>(x));
  uint8_t all[16] = {};
  for (int64_t i = 0; i < count; ++i) all[i] = x[i];
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(all));
}

// Sums of 16 consecutive channels of one pixel. p: place of the panel in scale.
inline void finish_pixel(__m256i a, __m256i b, const RequantiseI8& q, int64_t p,
                         const uint8_t* residual, uint8_t* y, int64_t count) {
  const __m256 scale_a = _mm256_loadu_ps(q.scale + p), scale_b = _mm256_loadu_ps(q.scale + p + 8);
  if (residual) {
    const __m128i r = load_u8(residual, count);
    a = requantise(a, scale_a, q, _mm256_cvtepu8_epi32(r));
    b = requantise(b, scale_b, q, _mm256_cvtepu8_epi32(_mm_srli_si128(r, 8)));
  } else {
    a = requantise(a, scale_a, q);
    b = requantise(b, scale_b, q);
  }
  // Packing works in 128-bit halves: put the quarters back in order.
  store_u8(y, to_bytes(_mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xD8), q), count);
}

inline void fill_strip(const ConvI8& c, const ConvI8Call& call, int64_t image, const StripI8& s,
                       int16_t* to) {
  const int64_t row_bytes = call.w * c.channels;
  const __m256i zero = _mm256_set1_epi16(static_cast<int16_t>(c.x_zero));
  const auto clear = [&to](int64_t count) {
    std::memset(to, 0, static_cast<size_t>(count) * sizeof(int16_t));
    to += count;
  };
  for (int64_t i = 0; i < s.rows; ++i) {
    const int64_t row = s.first_row + i;
    if (row < 0 || row >= call.h) {
      clear(s.width * c.channels);
      continue;
    }
    clear(c.pad_left * c.channels);
    const uint8_t* from = call.x + (image * call.h + row) * row_bytes;
    int64_t k = 0;
    for (; k + 16 <= row_bytes; k += 16) store(to + k, _mm256_sub_epi16(widen_u8(from + k), zero));
    for (; k < row_bytes; ++k) to[k] = static_cast<int16_t>(from[k] - c.x_zero);
    to += row_bytes;
    clear((s.width - call.w - c.pad_left) * c.channels);
  }
  clear(kStripSlack / 2);
}

// R pixels × 16 channels: acc[r] += Σ of `pairs` products of pairs.
template <int R>
inline void multiply(const int16_t* const (&rows)[R], int64_t offset, int64_t pairs,
                     const int16_t* weights, __m256i (&acc)[R][2]) {
  for (int64_t k = 0; k < pairs; ++k) {
    const __m256i w0 = load(weights + k * 32), w1 = load(weights + k * 32 + 16);
#pragma GCC unroll 6
    for (int r = 0; r < R; ++r) {
      const __m256i x = broadcast_pair(rows[r] + offset + k * 2);
      acc[r][0] = _mm256_add_epi32(acc[r][0], _mm256_madd_epi16(x, w0));
      acc[r][1] = _mm256_add_epi32(acc[r][1], _mm256_madd_epi16(x, w1));
      // Row by row: 12 sums, 2 weights, 1 broadcast and 1 product are all 16 registers. Left alone,
      // compilers load all rows first and spill sums.
      asm volatile("" : "+x"(acc[r][0]), "+x"(acc[r][1]));
    }
  }
}

}  // namespace
}  // namespace paucal::edge
