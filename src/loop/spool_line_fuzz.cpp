// libFuzzer target: any bytes as a line of a spool. What comes out is within its bounds.
#include <cmath>
#include <cstdlib>

#include "loop/spool_line.h"

using namespace paucal::loop;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto require = [](bool condition) {
    if (!condition) __builtin_trap();
  };
  const auto line = parse_spool_line(text, "fuzz");
  if (line.ok()) {
    require(line->probability >= 0 && line->probability <= 1 && line->pi >= 0 && line->pi <= 1);
    require(line->kept.empty() ||
            (is_kept_name(line->kept) && line->kept.find('/') == line->kept.npos));
    for (const double value : line->features) require(!std::isinf(value));
    require(line->lines_lost >= 0 && line->version >= 0);
  }
  (void)is_kept_name(text);
  (void)parse_time(text);
  return 0;
}
