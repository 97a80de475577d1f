#include "edge/kernels/winograd_transform.h"

namespace paucal::edge {

void winograd_input_avx2(const WinogradInput& tile) {
  winograd_input(tile);
}

void winograd_output_avx2(const WinogradOutput& tile) {
  winograd_output(tile);
}

}  // namespace paucal::edge
