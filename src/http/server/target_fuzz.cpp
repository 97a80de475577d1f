// libFuzzer target: any target is refused or gives segments without NUL.
#include "http/server/numeric_address.h"
#include "http/server/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  paucal::http::is_own_host(text, {});
  const auto target = paucal::http::parse_target(text);
  if (!target) return 0;
  for (const std::string& segment : target->path)
    if (segment.find('\0') != std::string::npos) __builtin_trap();
  return 0;
}
