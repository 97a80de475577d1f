#include "models/pth.h"

#include "base/error.h"

namespace paucal::models {

TensorFile read_pth(const std::filesystem::path& path) {
  Bytes bytes = value_or_throw(read_file(path));
  const TensorIndex index = index_pth(bytes, path.string());
  return tensors_of(index, std::move(bytes));
}

}  // namespace paucal::models
