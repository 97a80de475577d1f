// libFuzzer entry: files of a run, of any bytes.

#include "base/error.h"
#include "review/import_run.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto parse : {paucal::review::parse_pseudo_boxes, paucal::review::parse_predictions}) {
    try {
      parse(text, "fuzz");
    } catch (const paucal::Error&) {
    }
  }
  return 0;
}
