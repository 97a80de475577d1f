#include "edge/kernels/conv2d_gemm_tile.h"

namespace paucal::edge {

void gemm_avx2(const GemmBlock& block) {
  multiply_block<kTileRows>(block);
}

}  // namespace paucal::edge
