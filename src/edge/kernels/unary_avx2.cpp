#include "edge/kernels/unary_functions.h"

namespace paucal::edge {

void unary_avx2(const UnaryCall& call) {
  apply_unary(call);
}

}  // namespace paucal::edge
