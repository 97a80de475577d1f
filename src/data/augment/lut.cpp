#include "data/augment/lut.h"

#include "data/augment/buffer.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define PAUCAL_LUT_VBMI 1
#endif

namespace paucal::data {
namespace {

#if PAUCAL_LUT_VBMI
#define PAUCAL_VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi")))

// A whole table in four registers; two permutes look up 64 values at once.
struct Registers {
  __m512i part[4];
};

PAUCAL_VBMI inline Registers load(const Lut::Table& table) {
  Registers r;
  for (int i = 0; i < 4; ++i) r.part[i] = _mm512_loadu_si512(table.data() + 64 * i);
  return r;
}

PAUCAL_VBMI inline __m512i look_up(const Registers& r, __m512i x) {
  const __m512i low = _mm512_permutex2var_epi8(r.part[0], x, r.part[1]);
  const __m512i high = _mm512_permutex2var_epi8(r.part[2], x, r.part[3]);
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
}

PAUCAL_VBMI void one_table_vbmi(const Lut& lut, const uint8_t* in, uint8_t* out, size_t count) {
  const Registers r = load(lut.table[0]);
  size_t i = 0;
  for (; i + 64 <= count; i += 64)
    _mm512_storeu_si512(out + i, look_up(r, _mm512_loadu_si512(in + i)));
  const __mmask64 rest = (uint64_t{1} << (count - i)) - 1;
  _mm512_mask_storeu_epi8(out + i, rest, look_up(r, _mm512_maskz_loadu_epi8(rest, in + i)));
}

PAUCAL_VBMI void three_tables_vbmi(const Lut& lut, const uint8_t* in, uint8_t* out, size_t count) {
  const Registers r = load(lut.table[0]), g = load(lut.table[1]), b = load(lut.table[2]);
  // Bytes 0, 3, 6, … of a vector; 64 = 3·21 + 1, so the next vector begins one channel further.
  constexpr __mmask64 kThird[3] = {0x9249249249249249, 0x2492492492492492, 0x4924924924924924};
  int phase = 0;  // the channel of the vector's first byte
  for (size_t i = 0; i < count; i += 64) {
    const __mmask64 here = count - i >= 64 ? ~uint64_t{0} : (uint64_t{1} << (count - i)) - 1;
    const __m512i x = _mm512_maskz_loadu_epi8(here, in + i);
    __m512i y = look_up(r, x);
    y = _mm512_mask_blend_epi8(kThird[(4 - phase) % 3], y, look_up(g, x));
    y = _mm512_mask_blend_epi8(kThird[(5 - phase) % 3], y, look_up(b, x));
    _mm512_mask_storeu_epi8(out + i, here, y);
    phase = phase == 2 ? 0 : phase + 1;
  }
}
#endif

void apply_plain(const Lut& lut, const uint8_t* in, uint8_t* out, size_t count, int channels) {
  if (lut.tables == 1 || channels == 1) {
    for (size_t i = 0; i < count; ++i) out[i] = lut.table[0][in[i]];
    return;
  }
  for (size_t i = 0; i < count; i += 3)
    for (size_t c = 0; c < 3; ++c) out[i + c] = lut.table[c][in[i + c]];
}

}  // namespace

Lut Lut::identity() {
  Lut lut;
  for (int i = 0; i < 256; ++i) lut.table[0][i] = static_cast<uint8_t>(i);
  return lut;
}

void Lut::append(const Lut& next) {
  const int count = std::max(tables, next.tables);
  for (int c = count - 1; c >= 0; --c)  // downwards: table 0 may serve the others
    for (int i = 0; i < 256; ++i) table[c][i] = next.of(c)[of(c)[i]];
  tables = count;
}

void apply_lut(const Lut& lut, const edge::Image& in, edge::Image& out) {
  if (&in != &out) reshape_like(out, in);
  const size_t count = in.pixels.size();
#if PAUCAL_LUT_VBMI
  static const bool vbmi =
      __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw");
  if (vbmi) {
    if (lut.tables == 1 || in.channels == 1)
      one_table_vbmi(lut, in.pixels.data(), out.pixels.data(), count);
    else
      three_tables_vbmi(lut, in.pixels.data(), out.pixels.data(), count);
    return;
  }
#endif
  apply_plain(lut, in.pixels.data(), out.pixels.data(), count, in.channels);
}

}  // namespace paucal::data
