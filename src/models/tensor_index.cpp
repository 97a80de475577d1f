#include "models/tensor_index.h"

namespace paucal::models {

size_t item_size(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kI64:
      return 8;
    case DType::kF32:
    case DType::kI32:
      return 4;
    case DType::kF16:
    case DType::kBF16:
    case DType::kI16:
      return 2;
    case DType::kI8:
    case DType::kU8:
    case DType::kBool:
      break;
  }
  return 1;
}

bool count_elements(std::span<const int64_t> shape, int64_t& count) {
  // Sizes of zero are left out of the product, so that strides fit in 63 bits too.
  int64_t product = 1;
  bool empty = false;
  for (const int64_t size : shape) {
    if (size < 0) return false;
    if (size == 0)
      empty = true;
    else if (__builtin_mul_overflow(product, size, &product))
      return false;
  }
  count = empty ? 0 : product;
  return true;
}

std::vector<int64_t> contiguous_strides(std::span<const int64_t> shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    if (shape[i] > 0) step *= shape[i];
  }
  return strides;
}

}  // namespace paucal::models
