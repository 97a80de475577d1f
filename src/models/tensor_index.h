#pragma once
// Where the tensors of a weight file lie in its bytes. The readers of the formats stop here: they
// allocate for names and shapes only, need no torch, and are fuzzed as they are.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paucal::models {

enum class DType { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

size_t item_size(DType dtype);  // bytes

// A view of elements offset + Σ index·stride of a run of bytes that others may share.
struct StoredTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;  // in elements
  uint64_t begin = 0;            // first byte of the run in the file
  uint64_t size = 0;             // bytes of the run
  uint64_t offset = 0;           // of the first element in the run, in elements
};

// Limits of a safetensors file. What is written keeps them too, so that it can be read back.
struct SafetensorsLimits {
  static constexpr uint64_t kBytes = uint64_t{1} << 32;  // of the whole file
  static constexpr uint64_t kHeader = 100'000'000;       // bytes
  static constexpr size_t kRank = 16;
};

struct TensorIndex {
  std::vector<StoredTensor> tensors;            // every one within the file, names unique
  std::map<std::string, std::string> metadata;  // safetensors' __metadata__
};

// The safetensors format. Checks all of it: header ≤ 100 MB and within the file, unique keys, known
// types, sizes that agree with shapes, and data that tile the rest of the file without gap or
// overlap. Throws Error with `origin` and the byte.
TensorIndex index_safetensors(std::span<const uint8_t> bytes, const std::string& origin);

// What torch.save writes, its zip format or the one before 1.6. Tensors by dotted name: nested
// dictionaries and lists join their keys,
// {"model": {"fc.bias": t}} → "model.fc.bias". Other values are left out. Throws Error with
// `origin` and the byte: broken archives, pickles with anything but tensors and plain containers,
// tensors beyond their storage.
TensorIndex index_pth(std::span<const uint8_t> bytes, const std::string& origin);

// Either, told apart by what the file holds, not by its name.
TensorIndex index_weights(std::span<const uint8_t> bytes, const std::string& origin);

// Number of elements. False if a size is negative or the product of the others leaves 63 bits.
bool count_elements(std::span<const int64_t> shape, int64_t& count);

// Row-major.
std::vector<int64_t> contiguous_strides(std::span<const int64_t> shape);

}  // namespace paucal::models
