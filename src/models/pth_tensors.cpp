#include "models/pth_tensors.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "models/byte_reader.h"

namespace paucal::models {
namespace {

using StorageKind = PickleValue::Kind;

constexpr int kMaxDepth = 8;
constexpr size_t kMaxPthRank = 16;

constexpr std::array<std::pair<std::string_view, DType>, 10> kStorages{
    {{"torch\nDoubleStorage", DType::kF64},
     {"torch\nFloatStorage", DType::kF32},
     {"torch\nHalfStorage", DType::kF16},
     {"torch\nBFloat16Storage", DType::kBF16},
     {"torch\nLongStorage", DType::kI64},
     {"torch\nIntStorage", DType::kI32},
     {"torch\nShortStorage", DType::kI16},
     {"torch\nCharStorage", DType::kI8},
     {"torch\nByteStorage", DType::kU8},
     {"torch\nBoolStorage", DType::kBool}}};

class Indexer {
 public:
  explicit Indexer(const PickledFile& file) : file_(file), budget_(file.pickle_size) {}

  TensorIndex run() {
    visit(file_.pickle.root, "", 0);
    return std::move(index_);
  }

 private:
  template <class... Args>
  [[noreturn]] void fail_file(fmt::format_string<Args...> format, Args&&... args) const {
    fail("pth", "'{}': {}", file_.origin, fmt::format(format, std::forward<Args>(args)...));
  }

  // Shared containers can make the tree of values far larger than the file. Honest files visit no
  // value more often than their pickle has bytes.
  void visit(PickleId id, const std::string& name, int depth) {
    if (budget_-- == 0) fail_file("values refer to each other too often");
    if (depth > kMaxDepth) fail_file("'{}': containers more than {} deep", name, kMaxDepth);
    const PickleValue& value = file_.pickle[id];
    if (value.kind == StorageKind::kTensor) {
      add(value, name);
    } else if (value.kind == StorageKind::kDict) {
      for (size_t i = 0; i + 1 < value.items.size(); i += 2)
        visit(value.items[i + 1], joined(name, key_text(value.items[i])), depth + 1);
    } else if (value.kind == StorageKind::kList || value.kind == StorageKind::kTuple) {
      for (size_t i = 0; i < value.items.size(); ++i)
        visit(value.items[i], joined(name, std::to_string(i)), depth + 1);
    }
  }

  std::string key_text(PickleId id) const {
    const PickleValue& key = file_.pickle[id];
    if (key.kind == StorageKind::kInt) return std::to_string(key.integer);
    if (key.kind != StorageKind::kString || !is_plain_name(key.text))
      fail_file("key '{}', expected an integer or at most 512 printable characters",
                printable(key.text));
    return std::string(key.text);
  }

  static std::string joined(const std::string& name, const std::string& key) {
    return name.empty() ? key : name + "." + key;
  }

  void add(const PickleValue& value, const std::string& name) {
    if (!names_.insert(name).second) fail_file("tensor '{}' is there twice", name);
    const PickleValue& storage = file_.pickle[value.items[0]];
    StoredTensor tensor;
    tensor.name = name;
    tensor.dtype = dtype_of(file_.pickle[storage.items[0]].text, name);
    tensor.shape = integers(value.items[2]);
    tensor.strides = integers(value.items[3]);
    place(storage, tensor);
    check_extent(file_.pickle[value.items[1]].integer, tensor);
    index_.tensors.push_back(std::move(tensor));
  }

  DType dtype_of(std::string_view storage, const std::string& name) const {
    const auto dtype = dtype_of_storage(storage);
    if (!dtype) fail_file("tensor '{}': {} is not supported", name, printable(storage.substr(6)));
    return *dtype;
  }

  std::vector<int64_t> integers(PickleId tuple) const {
    std::vector<int64_t> numbers;
    for (const PickleId item : file_.pickle[tuple].items)
      numbers.push_back(file_.pickle[item].integer);
    return numbers;
  }

  void place(const PickleValue& storage, StoredTensor& tensor) const {
    const std::string_view key = file_.pickle[storage.items[1]].text;
    const auto found = file_.storages.find(key);
    if (found == file_.storages.end())
      fail_file("tensor '{}': no storage '{}'", tensor.name, printable(key));
    int64_t bytes = 0;
    const int64_t count = file_.pickle[storage.items[3]].integer;
    const auto width = static_cast<int64_t>(item_size(tensor.dtype));
    if (count < 0 || __builtin_mul_overflow(count, width, &bytes) ||
        static_cast<uint64_t>(bytes) != found->second.size)
      fail_file("tensor '{}': storage '{}' has {} bytes, expected {} elements of {} bytes",
                tensor.name, printable(key), found->second.size, count, width);
    tensor.begin = found->second.begin;
    tensor.size = found->second.size;
  }

  // Every element must lie in the storage, and none may be repeated without end: a stride of 0
  // would let a file of a few bytes ask for terabytes.
  void check_extent(int64_t offset, StoredTensor& tensor) const {
    const auto width = item_size(tensor.dtype);
    const auto capacity = static_cast<int64_t>(tensor.size / width);
    int64_t count = 0;
    bool fits = tensor.shape.size() == tensor.strides.size() &&
                tensor.shape.size() <= kMaxPthRank && count_elements(tensor.shape, count) &&
                count <= capacity && offset >= 0 && offset <= capacity;
    if (fits && count > 0) {
      int64_t last = offset;
      for (size_t i = 0; i < tensor.shape.size() && fits; ++i) {
        int64_t reach = 0;
        fits = tensor.strides[i] >= 0 &&
               !__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &reach) &&
               !__builtin_add_overflow(last, reach, &last);
      }
      fits = fits && last < capacity;
    }
    if (!fits)
      fail_file("tensor '{}': shape [{}], strides [{}], offset {} leave its storage of {} elements",
                tensor.name, fmt::join(tensor.shape, ", "), fmt::join(tensor.strides, ", "), offset,
                capacity);
    if (count == 0) tensor.strides = contiguous_strides(tensor.shape);
    tensor.offset = static_cast<uint64_t>(offset);
  }

  const PickledFile& file_;
  uint64_t budget_;
  std::set<std::string> names_;
  TensorIndex index_;
};

}  // namespace

std::optional<DType> dtype_of_storage(std::string_view global) {
  const auto found =
      std::ranges::find(kStorages, global, [](const auto& row) { return row.first; });
  if (found == kStorages.end()) return std::nullopt;
  return found->second;
}

TensorIndex index_pickled(const PickledFile& file) {
  return Indexer(file).run();
}

}  // namespace paucal::models
