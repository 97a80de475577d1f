#pragma once
// PyTorch's weight files: as torch.save has written them since 1.6, a zip archive with a pickle
// (`data.pkl`) and the bytes of each storage (`data/0`, …), or as before (pth_tensors.h). Nothing
// in the file is run.

#include "models/tensor_file.h"

namespace paucal::models {

// Checked as index_pth() says.
TensorFile read_pth(const std::filesystem::path& path);

}  // namespace paucal::models
