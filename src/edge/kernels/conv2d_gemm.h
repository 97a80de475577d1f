#pragma once
// The matrix product that convolutions are made of: rows of the left side are found by pointers (an
// indirection buffer: Dukhan, "The indirect convolution algorithm", 2019), the right side is packed
// into panels of 16 columns.

#include <cstdint>

namespace paucal::edge {

inline constexpr int kTileRows = 6;  // 6 × 16 sums fill 12 of the 16 AVX registers
inline constexpr int kPanelColumns = 16;

// `count` rows times one panel. A row's K numbers lie in `runs` stretches of `run_length` floats.
struct GemmBlock {
  const float* const* rows;  // [tiles of 6 rows][runs][6] starts of stretches
  int64_t offset;            // floats, added to every start
  int64_t runs, run_length;  // K = runs · run_length
  int64_t count;
  const float* weights;   // [K][16], or [K][8] where columns ≤ 8
  const float* next;      // the panel needed after this one: fetched meanwhile; null: none
  const float* bias;      // as many as the panel is wide
  int columns;            // 1 … 16: only these are written
  float* out;             // [count] rows of `columns`
  int64_t stride;         // floats between rows of out and residual
  const float* residual;  // null: none
  float low, high;
};

using GemmKernel = void (*)(const GemmBlock& block);
void gemm_portable(const GemmBlock& block);
#if defined(__x86_64__)
void gemm_avx2(const GemmBlock& block);
#endif

// Floats that a K × columns matrix takes when packed, and where its panels begin.
inline int64_t panel_width(int64_t columns) {
  return columns <= 8 ? 8 : kPanelColumns;
}
inline int64_t packed_columns(int64_t columns) {
  return columns / kPanelColumns * kPanelColumns +
         (columns % kPanelColumns ? panel_width(columns % kPanelColumns) : 0);
}

}  // namespace paucal::edge
