#include "models/tensor_file.h"

#include <torch/types.h>

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace paucal::models {
namespace {

struct Run {
  std::shared_ptr<Bytes> owner;
  uint8_t* data = nullptr;
};

// A truth value other than 0 and 1 is undefined behaviour for whoever reads it.
void check_bools(const StoredTensor& stored, const Bytes& file) {
  const auto begin = file.begin() + static_cast<std::ptrdiff_t>(stored.begin);
  const auto end = begin + static_cast<std::ptrdiff_t>(stored.size);
  const auto bad = std::find_if(begin, end, [](uint8_t value) { return value > 1; });
  if (bad != end)
    fail("weights", "tensor '{}': byte {} is {}, expected 0 or 1 (BOOL)", stored.name,
         bad - file.begin(), *bad);
}

}  // namespace

at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return at::kDouble;
    case DType::kF32:
      return at::kFloat;
    case DType::kF16:
      return at::kHalf;
    case DType::kBF16:
      return at::kBFloat16;
    case DType::kI64:
      return at::kLong;
    case DType::kI32:
      return at::kInt;
    case DType::kI16:
      return at::kShort;
    case DType::kI8:
      return at::kChar;
    case DType::kU8:
      return at::kByte;
    case DType::kBool:
      break;
  }
  return at::kBool;
}

TensorFile tensors_of(const TensorIndex& index, Bytes bytes) {
  const auto file = std::make_shared<Bytes>(std::move(bytes));
  std::map<uint64_t, Run> copies;
  TensorFile result;
  result.metadata = index.metadata;
  for (const StoredTensor& stored : index.tensors) {
    if (stored.dtype == DType::kBool) check_bools(stored, *file);
    const size_t width = item_size(stored.dtype);
    Run run{file, file->data() + stored.begin};
    if (reinterpret_cast<uintptr_t>(run.data) % width != 0) {
      Run& copy = copies[stored.begin];
      if (!copy.owner) {
        copy.owner = std::make_shared<Bytes>(run.data, run.data + stored.size);
        copy.data = copy.owner->data();
      }
      run = copy;
    }
    result.tensors[stored.name] = torch::from_blob(
        run.data + stored.offset * width, stored.shape, stored.strides,
        [owner = run.owner](void*) {}, at::TensorOptions(scalar_type(stored.dtype)));
  }
  return result;
}

TensorFile read_weights(const std::filesystem::path& path) {
  Bytes bytes = value_or_throw(read_file(path));
  const TensorIndex index = index_weights(bytes, path.string());
  return tensors_of(index, std::move(bytes));
}

}  // namespace paucal::models
