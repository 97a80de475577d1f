#include "edge/kernels/gemm.h"

#include <algorithm>

namespace paucal::edge {

void pack_panels(const float* w, int64_t column_step, int64_t k_step, int64_t columns, int64_t k,
                 float* packed) {
  for (int64_t c0 = 0; c0 < columns; c0 += kPanel)
    for (int64_t i = 0; i < k; ++i)
      for (int64_t c = 0; c < kPanel; ++c)
        *packed++ = c0 + c < columns ? w[(c0 + c) * column_step + i * k_step] : 0.f;
}

void gemm_portable(const Gemm& g) {
  for (int64_t c0 = 0; c0 < g.columns; c0 += kPanel) {
    const float* panel = g.packed + c0 * g.k;
    const int64_t count = std::min(kPanel, g.columns - c0);
    for (int64_t r = 0; r < g.rows; ++r) {
      const float* a = g.a + r * g.a_step;
      float sums[kPanel] = {};
      for (int64_t i = 0; i < g.k; ++i)
        for (int64_t c = 0; c < kPanel; ++c) sums[c] += a[i] * panel[i * kPanel + c];
      float* to = g.c + r * g.c_step + c0;
      for (int64_t c = 0; c < count; ++c) {
        if (g.add)
          to[c] += sums[c];
        else
          to[c] = std::min(std::max(sums[c] + (g.bias ? g.bias[c0 + c] : 0.f), g.low), g.high);
      }
    }
  }
}

}  // namespace paucal::edge
