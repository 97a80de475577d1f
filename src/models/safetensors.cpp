#include "models/safetensors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "models/byte_reader.h"

namespace paucal::models {
namespace {

struct Entry {
  std::string name;
  at::Tensor tensor;
};

const char* type_name(at::ScalarType type, const std::string& name) {
  switch (type) {
    case at::kDouble:
      return "F64";
    case at::kFloat:
      return "F32";
    case at::kHalf:
      return "F16";
    case at::kBFloat16:
      return "BF16";
    case at::kLong:
      return "I64";
    case at::kInt:
      return "I32";
    case at::kShort:
      return "I16";
    case at::kChar:
      return "I8";
    case at::kByte:
      return "U8";
    case at::kBool:
      return "BOOL";
    default:
      fail("safetensors", "'{}': type {} cannot be stored", name, at::toString(type));
  }
}

// Before any tensor is copied: a file that could not be read back is no file.
void check_limits(const std::filesystem::path& path, const TensorFile& file) {
  uint64_t bytes = 0;
  for (const auto& [name, tensor] : file.tensors) {
    bytes += static_cast<uint64_t>(tensor.numel()) * tensor.element_size();
    if (static_cast<size_t>(tensor.dim()) > SafetensorsLimits::kRank)
      fail("safetensors", "'{}': tensor '{}' of {} dimensions, expected at most {}", path.string(),
           name, tensor.dim(), SafetensorsLimits::kRank);
  }
  constexpr uint64_t kMostData =
      SafetensorsLimits::kBytes - SafetensorsLimits::kHeader - sizeof(uint64_t);
  if (bytes > kMostData)
    fail("safetensors", "'{}': {} bytes of tensors, expected at most {}", path.string(), bytes,
         kMostData);
}

std::vector<Entry> in_file_order(const TensorFile& file) {
  std::vector<Entry> entries;
  for (const auto& [name, tensor] : file.tensors)
    entries.push_back({name, tensor.detach().cpu().contiguous()});
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.tensor.element_size() > b.tensor.element_size();
  });
  return entries;
}

std::string header_of(const std::vector<Entry>& entries, const TensorFile& file) {
  Json header = Json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  size_t offset = 0;
  for (const auto& [name, tensor] : entries) {
    if (!is_plain_name(name) || name == "__metadata__")
      fail("safetensors", "'{}': not a tensor's name, expected at most 512 printable characters",
           printable(name));
    Json& item = header[name];
    item["dtype"] = type_name(tensor.scalar_type(), name);
    item["shape"] = tensor.sizes().vec();
    item["data_offsets"] = {offset, offset + tensor.nbytes()};
    offset += tensor.nbytes();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

TensorFile read_safetensors(const std::filesystem::path& path) {
  Bytes bytes = value_or_throw(read_file(path, SafetensorsLimits::kBytes));
  const TensorIndex index = index_safetensors(bytes, path.string());
  return tensors_of(index, std::move(bytes));
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  check_limits(path, file);
  const std::vector<Entry> entries = in_file_order(file);
  const std::string header = header_of(entries, file);
  if (header.size() > SafetensorsLimits::kHeader)
    fail("safetensors", "'{}': header of {} bytes, expected at most {}", path.string(),
         header.size(), SafetensorsLimits::kHeader);
  const uint64_t length = header.size();
  size_t total = sizeof(length) + header.size();
  for (const Entry& entry : entries) total += entry.tensor.nbytes();

  Bytes bytes(total);
  uint8_t* out = bytes.data();
  const auto append = [&out](const void* data, size_t size) {
    if (size > 0) std::memcpy(out, data, size);
    out += size;
  };
  append(&length, sizeof(length));
  append(header.data(), header.size());
  for (const Entry& entry : entries) append(entry.tensor.data_ptr(), entry.tensor.nbytes());
  write_file_atomic(path, bytes);
}

}  // namespace paucal::models
