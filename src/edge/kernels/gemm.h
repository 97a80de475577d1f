#pragma once
// Float matrix products over packed weights: what linear, matmul and lstm share. A thin cover of
// the convolutions' product, whose rows may lie anywhere: here they lie in equal steps.
//
// W [columns, K] is packed into panels of kPanelColumns columns, each [K][16] with zeros beyond the
// last column ([K][8] where 8 are enough), so that one step reads one stretch of memory whatever
// the shape.

#include <limits>

#include "edge/kernels/conv2d_gemm.h"
#include "edge/machine/cpu.h"

namespace paucal::edge {

// Element (column, i) of W lies at w[column · column_step + i · k_step]; packed: packed_columns()
// · K floats.
void pack_panels(const float* w, int64_t column_step, int64_t k_step, int64_t columns, int64_t k,
                 float* packed);

// c [rows, columns] = clamp(a [rows, K] · Wᵀ + bias). `columns` from the first of `packed`. A row's
// bits do not depend on the others, nor on how columns are cut at panels.
struct Gemm {
  const float* a;
  int64_t a_step;  // floats from row to row
  const float* packed;
  const float* bias;  // [columns]; null: none
  float* c;
  int64_t c_step;
  int64_t rows, columns, k;
  bool add = false;  // to what c holds
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};
void multiply(const Gemm& gemm, Isa isa);

// The widest block of one row.
inline constexpr int kRowColumns = 4 * kPanelColumns;
#if defined(__x86_64__)
// A block of one row and run, of kRowColumns columns: their panels follow each other.
void gemm_row_avx2(const GemmBlock& block);
#endif

}  // namespace paucal::edge
