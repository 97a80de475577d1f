#include "edge/machine/cpu.h"

#include <cstdlib>

namespace paucal::edge {
namespace {

#if defined(__x86_64__)
bool has_avx512_vnni() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}
#endif

Isa detect() {
  const char* wanted = std::getenv("PAUCAL_EDGE_ISA");
  const std::string_view most = wanted ? wanted : "";
  if (most == "portable") return Isa::kPortable;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return most != "avx2" && has_avx512_vnni() ? Isa::kAvx512Vnni : Isa::kAvx2;
#elif defined(__aarch64__)
  return Isa::kNeon;
#endif
  return Isa::kPortable;
}

}  // namespace

Isa best_isa() {
  static const Isa isa = detect();
  return isa;
}

std::string_view name_of(Isa isa) {
  switch (isa) {
    case Isa::kPortable:
      return "portable";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512Vnni:
      return "avx512vnni";
    case Isa::kNeon:
      return "neon";
  }
  return "unknown";
}

}  // namespace paucal::edge
