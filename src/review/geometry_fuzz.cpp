// libFuzzer entry: a shape as a page sends it; the first byte chooses its kind.

#include "base/json_text.h"
#include "review/geometry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr const char* kKinds[] = {"box", "point", "polygon", "mask", "span"};
  if (size == 0) return 0;
  const std::string kind = kKinds[data[0] % std::size(kKinds)];
  const auto json = paucal::parse_json({reinterpret_cast<const char*>(data + 1), size - 1}, "fuzz");
  if (!json.ok()) return 0;
  const auto checked = paucal::review::checked_geometry(kind, *json, {640, 480});
  const auto bounds = paucal::review::bounds_of(kind, *json);
  if (std::holds_alternative<std::string>(checked) && kind != "span" && !bounds) __builtin_trap();
  return 0;
}
