// Reads the header of a safetensors file as it streams by: no document is built, so a hostile
// header costs no more memory than the names and shapes in it.

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/json.h"
#include "models/byte_reader.h"
#include "models/tensor_index.h"

namespace paucal::models {
namespace {

constexpr std::string_view kMetadata = "__metadata__";

constexpr std::array<std::pair<std::string_view, DType>, 10> kTypes{{{"F64", DType::kF64},
                                                                     {"F32", DType::kF32},
                                                                     {"F16", DType::kF16},
                                                                     {"BF16", DType::kBF16},
                                                                     {"I64", DType::kI64},
                                                                     {"I32", DType::kI32},
                                                                     {"I16", DType::kI16},
                                                                     {"I8", DType::kI8},
                                                                     {"U8", DType::kU8},
                                                                     {"BOOL", DType::kBool}}};

// Receives the parser's events. Each throws Error for what the format does not allow.
class HeaderReader {
 public:
  HeaderReader(const ByteReader& reader, TensorIndex& index) : reader_(reader), index_(index) {}

  bool start_object(size_t) {
    if (where_ == Where::kStart) return enter(Where::kTop);
    if (where_ == Where::kTop && key_ == kMetadata) return enter(Where::kMetadata);
    if (where_ != Where::kTop) unexpected("an object");
    tensor_ = {};
    tensor_.name = key_;
    dtype_known_ = shape_known_ = false;
    offsets_.clear();
    fields_.clear();
    return enter(Where::kTensor);
  }

  bool key(std::string& key) {
    if (where_ == Where::kTensor) {
      if (!fields_.insert(key).second) fail_tensor("key '{}' given twice", printable(key));
      field_ = key;
    } else if (where_ == Where::kMetadata) {
      metadata_key_ = key;
    } else {
      if (!is_plain_name(key))
        reader_.fail_here("name '{}', expected at most 512 printable characters", printable(key));
      if (!names_.insert(key).second) reader_.fail_here("tensor '{}' given twice", key);
      key_ = key;
    }
    return true;
  }

  bool end_object() {
    if (where_ == Where::kTensor) finish_tensor();
    where_ = where_ == Where::kTop ? Where::kEnd : Where::kTop;
    return true;
  }

  bool start_array(size_t) {
    if (where_ == Where::kTensor && field_ == "shape") return enter(Where::kShape);
    if (where_ == Where::kTensor && field_ == "data_offsets") return enter(Where::kOffsets);
    unexpected("a list");
  }

  bool end_array() {
    if (where_ == Where::kShape) shape_known_ = true;
    return enter(Where::kTensor);
  }

  bool string(std::string& text) {
    if (where_ == Where::kMetadata) {
      if (!index_.metadata.emplace(metadata_key_, text).second)
        reader_.fail_here("metadata '{}' given twice", printable(metadata_key_));
      return true;
    }
    if (where_ != Where::kTensor || field_ != "dtype") unexpected("a text");
    const auto* type =
        std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) { return t.first == text; });
    if (type == kTypes.end()) fail_tensor("type '{}' is not supported", printable(text));
    tensor_.dtype = type->second;
    dtype_known_ = true;
    return true;
  }

  bool number_unsigned(uint64_t value) {
    if (where_ == Where::kOffsets && offsets_.size() < 2) {
      offsets_.push_back(value);
      return true;
    }
    if (where_ != Where::kShape) unexpected("a number");
    if (value > INT64_MAX) fail_tensor("size {} in the shape", value);
    if (tensor_.shape.size() == SafetensorsLimits::kRank)
      fail_tensor("more than {} dimensions", SafetensorsLimits::kRank);
    tensor_.shape.push_back(static_cast<int64_t>(value));
    return true;
  }

  bool null() { unexpected("null"); }
  bool boolean(bool) { unexpected("a truth value"); }
  bool number_integer(int64_t) { unexpected("a negative number"); }
  bool number_float(double, const std::string&) { unexpected("a fraction"); }
  template <class T>
  bool binary(T&) {
    unexpected("binary");
  }
  template <class E>
  [[noreturn]] bool parse_error(size_t position, const std::string&, const E& error) {
    reader_.fail_here("header, character {}: {}", position, printable(error.what()));
  }

 private:
  enum class Where { kStart, kTop, kMetadata, kTensor, kShape, kOffsets, kEnd };

  bool enter(Where where) {
    where_ = where;
    return true;
  }

  [[noreturn]] void unexpected(std::string_view what) const {
    reader_.fail_here("header: unexpected {} in '{}'", what, key_);
  }

  template <class... Args>
  [[noreturn]] void fail_tensor(fmt::format_string<Args...> format, Args&&... args) const {
    reader_.fail_here("tensor '{}': {}", tensor_.name,
                      fmt::format(format, std::forward<Args>(args)...));
  }

  void finish_tensor() {
    if (!dtype_known_ || !shape_known_ || offsets_.size() != 2 || fields_.size() != 3)
      fail_tensor("expected the keys dtype, shape and data_offsets, and no others");
    int64_t count = 0;
    int64_t bytes = 0;
    const auto width = static_cast<int64_t>(item_size(tensor_.dtype));
    if (!count_elements(tensor_.shape, count) || __builtin_mul_overflow(count, width, &bytes))
      fail_tensor("shape [{}] is too large", fmt::join(tensor_.shape, ", "));
    if (offsets_[1] < offsets_[0] || offsets_[1] - offsets_[0] != static_cast<uint64_t>(bytes))
      fail_tensor("data_offsets [{}], expected {} bytes for shape [{}]", fmt::join(offsets_, ", "),
                  bytes, fmt::join(tensor_.shape, ", "));
    tensor_.begin = offsets_[0];
    tensor_.size = static_cast<uint64_t>(bytes);
    tensor_.strides = contiguous_strides(tensor_.shape);
    index_.tensors.push_back(std::move(tensor_));
  }

  const ByteReader& reader_;
  TensorIndex& index_;
  Where where_ = Where::kStart;
  std::string key_, field_, metadata_key_;
  std::set<std::string> names_, fields_;
  StoredTensor tensor_;
  bool dtype_known_ = false;
  bool shape_known_ = false;
  std::vector<uint64_t> offsets_;
};

// The tensors must tile the data: the next begins where the last one ended.
void check_tiling(const ByteReader& reader, std::vector<StoredTensor>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.size, a.name) < std::tie(b.begin, b.size, b.name);
  });
  uint64_t end = 0;
  for (const StoredTensor& tensor : tensors) {
    if (tensor.begin != end)
      reader.fail_here("tensor '{}' begins at data offset {}, expected {} ({})", tensor.name,
                       tensor.begin, end, tensor.begin < end ? "overlap" : "gap");
    if (tensor.size > reader.left() - end)
      reader.fail_here("tensor '{}' ends at data offset {}, but {} bytes of data follow",
                       tensor.name, tensor.begin + tensor.size, reader.left());
    end += tensor.size;
  }
  if (end != reader.left())
    reader.fail_here("{} bytes of data, but the header accounts for {}", reader.left(), end);
}

}  // namespace

TensorIndex index_safetensors(std::span<const uint8_t> bytes, const std::string& origin) {
  ByteReader reader("safetensors", origin, bytes);
  const auto length = reader.number<uint64_t>();
  if (length > SafetensorsLimits::kHeader || length > reader.left())
    reader.fail_here("header of {} bytes, expected at most {}", length,
                     std::min(SafetensorsLimits::kHeader, reader.left()));
  TensorIndex index;
  HeaderReader events(reader, index);
  const auto header = bytes.subspan(8, length);
  Json::sax_parse(header.begin(), header.end(), &events);
  reader.take(length);
  check_tiling(reader, index.tensors);
  for (StoredTensor& tensor : index.tensors) tensor.begin += reader.position();
  return index;
}

}  // namespace paucal::models
