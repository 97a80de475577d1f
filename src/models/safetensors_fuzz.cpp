// libFuzzer target: any bytes give an index within the file, or an Error.
#include "base/error.h"
#include "models/tensor_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto index = paucal::models::index_safetensors({data, size}, "fuzz");
    for (const auto& tensor : index.tensors)
      if (tensor.begin + tensor.size > size) __builtin_trap();
  } catch (const paucal::Error&) {
  }
  return 0;
}
