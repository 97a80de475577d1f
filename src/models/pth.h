#pragma once
// PyTorch's weight files, as torch.save has written them since 1.6: a zip archive with a pickle
// (`data.pkl`) and the bytes of each storage (`data/0`, …). Nothing in the file is run.

#include "models/tensor_file.h"

namespace paucal::models {

// Tensors by dotted name: nested dictionaries and lists join their keys, {"model": {"fc.bias": t}}
// → "model.fc.bias". Other values are left out. Throws Error with `origin` and the byte: broken
// archives, pickles with anything but tensors and plain containers, tensors beyond their storage.
TensorIndex index_pth(std::span<const uint8_t> bytes, const std::string& origin);

TensorFile read_pth(const std::filesystem::path& path);

}  // namespace paucal::models
