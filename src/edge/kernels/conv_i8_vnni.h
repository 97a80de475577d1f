#pragma once
// Shared by the int8 *_avx512vnni.cpp files and by nothing else; see conv_i8_simd.h.

// GCC 12's own header builds undefined vectors from themselves.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include <cstring>

#include "edge/kernels/conv_i8.h"

namespace paucal::edge {
namespace {

inline __m512i load(const void* p) {
  return _mm512_loadu_si512(p);
}

// The first `count` of 64 bytes, others 0.
inline __m512i load_u8(const uint8_t* p, int64_t count) {
  if (count >= 64) return load(p);
  return _mm512_maskz_loadu_epi8((uint64_t{1} << count) - 1, p);
}

inline void store_u8(uint8_t* p, __m512i bytes, int64_t count) {
  if (count >= 64)
    _mm512_storeu_si512(p, bytes);
  else if (count == 32)  // masked stores are slow
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_castsi512_si256(bytes));
  else if (count == 16)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_castsi512_si128(bytes));
  else
    _mm512_mask_storeu_epi8(p, (uint64_t{1} << count) - 1, bytes);
}

// Sixteen sums, bias included, to steps of the output. Too small ones become very negative
// integers.
inline __m512i requantise(__m512i acc, __m512 scale, const RequantiseI8& q) {
  const __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps(acc), scale);
  return _mm512_cvtps_epi32(_mm512_min_ps(v, _mm512_set1_ps(q.high)));
}

// The same with sixteen residuals, still as integers.
inline __m512i requantise(__m512i acc, __m512 scale, const RequantiseI8& q, __m512i residual) {
  const __m512 r =
      _mm512_cvtepi32_ps(_mm512_sub_epi32(residual, _mm512_set1_epi32(q.residual_zero)));
  const __m512 v = _mm512_fmadd_ps(r, _mm512_set1_ps(q.residual_scale),
                                   _mm512_mul_ps(_mm512_cvtepi32_ps(acc), scale));
  return _mm512_cvtps_epi32(_mm512_min_ps(v, _mm512_set1_ps(q.high)));
}

// 64 of them to bytes, each 128-bit part from that part of a, b, c and d. Every step saturates, so
// the lower bound can wait for the end.
inline __m512i to_bytes(__m512i a, __m512i b, __m512i c, __m512i d, const RequantiseI8& q) {
  const __m512i zero = _mm512_set1_epi16(static_cast<int16_t>(q.zero));
  const __m512i low = _mm512_set1_epi8(static_cast<char>(static_cast<int>(q.low) + q.zero));
  const __m512i bytes = _mm512_packus_epi16(_mm512_adds_epi16(_mm512_packs_epi32(a, b), zero),
                                            _mm512_adds_epi16(_mm512_packs_epi32(c, d), zero));
  return _mm512_max_epu8(bytes, low);
}

// Input rows as they are, zero points around.
inline void fill_strip(const ConvI8& c, const ConvI8Call& call, int64_t image, const StripI8& s,
                       uint8_t* to) {
  const auto pad = [&](int64_t count) {
    std::memset(to, c.x_zero, static_cast<size_t>(count));
    to += count;
  };
  const int64_t row_bytes = call.w * c.channels;
  for (int64_t i = 0; i < s.rows; ++i) {
    const int64_t row = s.first_row + i;
    if (row < 0 || row >= call.h) {
      pad(s.width * c.channels);
      continue;
    }
    pad(c.pad_left * c.channels);
    std::memcpy(to, call.x + (image * call.h + row) * row_bytes, static_cast<size_t>(row_bytes));
    to += row_bytes;
    pad((s.width - call.w - c.pad_left) * c.channels);
  }
  pad(kStripSlack);
}

}  // namespace
}  // namespace paucal::edge
