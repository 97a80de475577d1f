#include <bit>
#include <cstring>

#include "graph/onnx_reader.h"

namespace paucal::graph {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

constexpr int32_t kFloat = 1, kInt32 = 6, kInt64 = 7;

template <class T, class List>
void append(std::vector<std::byte>& bytes, const List& list) {
  bytes.resize(sizeof(T) * static_cast<size_t>(list.size()));
  size_t at = 0;
  for (const auto number : list) {
    const T value = static_cast<T>(number);
    std::memcpy(bytes.data() + at, &value, sizeof value);
    at += sizeof value;
  }
}

// Of the data, in whichever field it lies.
size_t bytes_in(const onnx::Tensor& tensor) {
  if (tensor.has_raw_data()) return tensor.raw_data().size();
  if (tensor.data_type() == kFloat) return static_cast<size_t>(tensor.float_data_size()) * 4;
  if (tensor.data_type() == kInt64) return static_cast<size_t>(tensor.int64_data_size()) * 8;
  return static_cast<size_t>(tensor.int32_data_size()) * (tensor.data_type() == kInt32 ? 4 : 1);
}

}  // namespace

edge::Signature signature_of(const onnx::Tensor& tensor) {
  const std::string name = tensor.name().substr(0, 200);
  edge::Signature result;
  if (!edge_type(tensor.data_type(), result.type))
    fail("onnx", "constant '{}': element type {}, expected float, uint8, int8, int32 or int64",
         name, tensor.data_type());
  if (tensor.data_location() != 0)
    fail("onnx", "constant '{}' lies in another file, expected all data in one", name);
  if (tensor.dims_size() > edge::Shape::kMaxRank)
    fail("onnx", "constant '{}': {} dimensions, expected at most {}", name, tensor.dims_size(),
         edge::Shape::kMaxRank);
  result.shape =
      edge::Shape(std::span(tensor.dims().data(), static_cast<size_t>(tensor.dims_size())));
  const int64_t elements = result.shape.elements();
  const size_t bytes = bytes_in(tensor);
  if (elements < 0 || static_cast<uint64_t>(elements) * edge::size_of(result.type) != bytes)
    fail("onnx", "constant '{}': {} bytes, expected those of {} {}", name, bytes,
         edge::name_of(result.type), result.shape.text());
  return result;
}

std::vector<std::byte> bytes_of(const onnx::Tensor& tensor) {
  std::vector<std::byte> bytes;
  if (tensor.has_raw_data()) {
    const auto raw = std::as_bytes(std::span(tensor.raw_data()));
    bytes.assign(raw.begin(), raw.end());
  } else if (tensor.data_type() == kFloat) {
    append<float>(bytes, tensor.float_data());
  } else if (tensor.data_type() == kInt64) {
    append<int64_t>(bytes, tensor.int64_data());
  } else if (tensor.data_type() == kInt32) {
    append<int32_t>(bytes, tensor.int32_data());
  } else {  // uint8 and int8, one number each
    append<uint8_t>(bytes, tensor.int32_data());
  }
  return bytes;
}

}  // namespace paucal::graph
