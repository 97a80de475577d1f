#pragma once
// Float matrix products over packed weights: what linear, matmul and lstm share.
//
// W [columns, K] is packed into panels of kPanel columns, each [K][kPanel] with zeros beyond the
// last column, so that one step reads one stretch of memory whatever the shape.

#include <cstdint>

#include "edge/runtime/cpu.h"

namespace paucal::edge {

inline constexpr int64_t kPanel = 16;

inline int64_t packed_floats(int64_t columns, int64_t k) {
  return (columns + kPanel - 1) / kPanel * kPanel * k;
}

// Element (column, i) of W lies at w[column · column_step + i · k_step].
void pack_panels(const float* w, int64_t column_step, int64_t k_step, int64_t columns, int64_t k,
                 float* packed);

// c [rows, columns] = clamp(a [rows, K] · Wᵀ + bias). `columns` from the first of `packed`.
struct Gemm {
  const float* a;
  int64_t a_step;  // floats from row to row
  const float* packed;
  const float* bias;  // [columns]; null: none
  float* c;
  int64_t c_step;
  int64_t rows, columns, k;
  bool add = false;  // to what c holds; not clamped, no bias
  float low = -3.4e38f, high = 3.4e38f;
};
using GemmFunction = void (*)(const Gemm&);

void gemm_portable(const Gemm& gemm);
#if defined(__x86_64__)
void gemm_avx2(const Gemm& gemm);
#endif

inline GemmFunction best_gemm(Isa isa) {
#if defined(__x86_64__)
  if (has_avx2(isa)) return gemm_avx2;
#endif
  (void)isa;
  return gemm_portable;
}

}  // namespace paucal::edge
