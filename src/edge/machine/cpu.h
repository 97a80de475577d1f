#pragma once
// Which instruction sets this processor has.

#include <string_view>

namespace paucal::edge {

enum class Isa { kPortable, kAvx2, kAvx512Vnni, kNeon };

// The best that this processor has and this build knows. PAUCAL_EDGE_ISA=portable or =avx2 in the
// environment lowers it (for tests and to compare).
Isa best_isa();
// Whether `isa` includes AVX2 and fused multiply-add.
constexpr bool has_avx2(Isa isa) {
  return isa == Isa::kAvx2 || isa == Isa::kAvx512Vnni;
}
std::string_view name_of(Isa isa);

}  // namespace paucal::edge
