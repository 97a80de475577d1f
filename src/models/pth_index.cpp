#include <array>
#include <map>
#include <set>

#include "base/error.h"
#include "models/byte_reader.h"
#include "models/pickle.h"
#include "models/tensor_index.h"
#include "models/zip.h"

namespace paucal::models {
namespace {

using StorageKind = PickleValue::Kind;

constexpr int kMaxDepth = 8;
constexpr size_t kMaxPthRank = 16;
constexpr std::string_view kPickleName = "data.pkl";

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
  Indexer(const std::string& origin, std::span<const uint8_t> bytes)
      : origin_(origin), entries_(read_zip(bytes, origin)) {
    const ZipEntry pickle = find_pickle();
    check_byte_order(bytes);
    pickle_ = read_pickle(bytes.subspan(pickle.begin, pickle.size), origin);
    budget_ = pickle.size;
  }

  TensorIndex run() {
    visit(pickle_.root, "", 0);
    return std::move(index_);
  }

 private:
  template <class... Args>
  [[noreturn]] void fail_file(fmt::format_string<Args...> format, Args&&... args) const {
    fail("pth", "'{}': {}", origin_, fmt::format(format, std::forward<Args>(args)...));
  }

  // All entries lie in one folder, named after the file that was first written.
  ZipEntry find_pickle() {
    for (const auto& [name, entry] : entries_) {
      if (!name.ends_with(kPickleName)) continue;
      folder_ = name.substr(0, name.size() - kPickleName.size());
      if (folder_.empty() || folder_.ends_with('/')) return entry;
    }
    fail_file("no entry data.pkl, expected a file written by torch.save");
  }

  void check_byte_order(std::span<const uint8_t> bytes) const {
    const auto found = entries_.find(folder_ + "byteorder");
    if (found == entries_.end()) return;  // older files: little
    const auto text = bytes.subspan(found->second.begin, found->second.size);
    const std::string_view order(reinterpret_cast<const char*>(text.data()), text.size());
    if (order != "little") fail_file("byte order '{}', expected little", printable(order));
  }

  // Shared containers can make the tree of values far larger than the file. Honest files visit no
  // value more often than their pickle has bytes.
  void visit(PickleId id, const std::string& name, int depth) {
    if (budget_-- == 0) fail_file("values refer to each other too often");
    if (depth > kMaxDepth) fail_file("'{}': containers more than {} deep", name, kMaxDepth);
    const PickleValue& value = pickle_[id];
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
    const PickleValue& key = pickle_[id];
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
    const PickleValue& storage = pickle_[value.items[0]];
    StoredTensor tensor;
    tensor.name = name;
    tensor.dtype = dtype_of(pickle_[storage.items[0]].text, name);
    tensor.shape = integers(value.items[2]);
    tensor.strides = integers(value.items[3]);
    place(storage, tensor);
    check_extent(pickle_[value.items[1]].integer, tensor);
    index_.tensors.push_back(std::move(tensor));
  }

  DType dtype_of(std::string_view storage, const std::string& name) const {
    for (const auto& [known, dtype] : kStorages)
      if (known == storage) return dtype;
    fail_file("tensor '{}': {} is not supported", name, printable(storage.substr(6)));
  }

  std::vector<int64_t> integers(PickleId tuple) const {
    std::vector<int64_t> numbers;
    for (const PickleId item : pickle_[tuple].items) numbers.push_back(pickle_[item].integer);
    return numbers;
  }

  void place(const PickleValue& storage, StoredTensor& tensor) const {
    const std::string entry_name = folder_ + "data/" + std::string(pickle_[storage.items[1]].text);
    const auto entry = entries_.find(entry_name);
    if (entry == entries_.end())
      fail_file("tensor '{}': no entry '{}'", tensor.name, printable(entry_name));
    int64_t bytes = 0;
    const int64_t count = pickle_[storage.items[3]].integer;
    const auto width = static_cast<int64_t>(item_size(tensor.dtype));
    if (count < 0 || __builtin_mul_overflow(count, width, &bytes) ||
        static_cast<uint64_t>(bytes) != entry->second.size)
      fail_file("tensor '{}': entry '{}' has {} bytes, expected {} elements of {} bytes",
                tensor.name, printable(entry_name), entry->second.size, count, width);
    tensor.begin = entry->second.begin;
    tensor.size = entry->second.size;
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

  const std::string& origin_;
  std::map<std::string, ZipEntry> entries_;
  std::string folder_;
  Pickle pickle_;
  uint64_t budget_ = 0;
  std::set<std::string> names_;
  TensorIndex index_;
};

}  // namespace

TensorIndex index_pth(std::span<const uint8_t> bytes, const std::string& origin) {
  return Indexer(origin, bytes).run();
}

}  // namespace paucal::models
