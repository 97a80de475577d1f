#include <bit>
#include <cstring>

#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"

namespace paucal::graph {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

constexpr int32_t kInt32List = 6, kInt64List = 7, kFloatList = 1;

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

}  // namespace

TensorData read_tensor(const onnx::Tensor& tensor) {
  const std::string name = tensor.name().substr(0, 200);
  TensorData result;
  if (!edge_type(tensor.data_type(), result.type))
    fail("onnx", "constant '{}': element type {}, expected float, uint8, int8, int32 or int64",
         name, tensor.data_type());
  if (tensor.data_location() != 0)
    fail("onnx", "constant '{}' lies in another file, expected all data in one", name);
  if (tensor.dims_size() > edge::Shape::kMaxRank)
    fail("onnx", "constant '{}': {} dimensions, expected at most {}", name, tensor.dims_size(),
         edge::Shape::kMaxRank);
  result.shape = edge::Shape(std::span(tensor.dims().data(), size_t(tensor.dims_size())));

  if (tensor.has_raw_data()) {
    const std::string& raw = tensor.raw_data();
    result.bytes.resize(raw.size());
    if (!raw.empty()) std::memcpy(result.bytes.data(), raw.data(), raw.size());
  } else if (tensor.data_type() == kFloatList) {
    append<float>(result.bytes, tensor.float_data());
  } else if (tensor.data_type() == kInt64List) {
    append<int64_t>(result.bytes, tensor.int64_data());
  } else if (tensor.data_type() == kInt32List) {
    append<int32_t>(result.bytes, tensor.int32_data());
  } else {  // uint8 and int8, one number each
    append<uint8_t>(result.bytes, tensor.int32_data());
  }
  const int64_t elements = result.shape.elements();
  if (elements < 0 ||
      static_cast<uint64_t>(elements) * edge::size_of(result.type) != result.bytes.size())
    fail("onnx", "constant '{}': {} bytes, expected those of {} {}", name, result.bytes.size(),
         edge::name_of(result.type), result.shape.text());
  return result;
}

}  // namespace paucal::graph
