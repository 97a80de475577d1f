#pragma once
// What the system says of this process (/proc/self).

#include <cstdint>

namespace paucal::serve {

struct ProcessFacts {
  double cpu_seconds = 0;            // user and system
  double start_seconds = 0;          // since 1970; 0: unknown
  std::uint64_t resident_bytes = 0;  // 0: unknown
  std::uint64_t open_files = 0;      // 0: unknown
};

ProcessFacts process_facts();

}  // namespace paucal::serve
