#include <algorithm>

#include "base/error.h"
#include "edge/kernels/elementwise.h"
#include "edge/kernels/kernel.h"

namespace paucal::edge {
namespace {

struct Relu {
  static void apply(const float* in, float* out, int64_t count) {
    for (int64_t i = 0; i < count; ++i) out[i] = std::max(in[i], 0.f);
  }
};

}  // namespace

extern const OpInfo op_relu;
const OpInfo op_relu = unary_op<Relu>("relu");

}  // namespace paucal::edge
