#pragma once
// The safetensors format: 8 bytes of header length, a JSON header, raw little-endian tensors.
//   {"__metadata__": {"k": "v"}, "fc.bias": {"dtype": "F32", "shape": [10], "data_offsets": [0,
//   40]}}

#include "models/tensor_file.h"

namespace paucal::models {

// Checked as index_safetensors() says; a file of more than SafetensorsLimits::kBytes is refused.
TensorFile read_safetensors(const std::filesystem::path& path);

// Atomic. Tensors of any layout are written row-major, wide types first so that all are aligned.
// Throws Error: unwritable path, a type the format lacks, what SafetensorsLimits would refuse to
// read; then nothing is written.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace paucal::models
