#pragma once
// A weight file in memory: tensors by name.

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "base/files.h"
#include "models/tensor_index.h"

namespace paucal::models {

struct TensorFile {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

// The tensors of `index` over `bytes` of the file, which they share and keep alive. A run that is
// not aligned for its type is copied, once. The index must come from these bytes.
TensorFile tensors_of(const TensorIndex& index, Bytes bytes);

at::ScalarType scalar_type(DType dtype);

// Formats: see index_weights(). Throws Error: unreadable, unknown or broken.
TensorFile read_weights(const std::filesystem::path& path);

}  // namespace paucal::models
