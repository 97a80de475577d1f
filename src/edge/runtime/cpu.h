#pragma once
// Which instruction sets this processor has.

#include <string_view>

namespace paucal::edge {

enum class Isa { kPortable, kAvx2, kAvx512Vnni, kNeon };

// The best that this processor has and this build knows. PAUCAL_EDGE_ISA=portable in the
// environment lowers it (for tests and to compare).
Isa best_isa();
std::string_view name_of(Isa isa);

}  // namespace paucal::edge
