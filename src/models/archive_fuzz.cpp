// libFuzzer target: any bytes give a weight file out of an archive, or an Error.
#include "base/error.h"
#include "models/weight_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const std::span bytes(data, size);
    paucal::models::weight_format(bytes);
    paucal::models::weights_in_archive(bytes, "", "fuzz");
  } catch (const paucal::Error&) {
  }
  return 0;
}
