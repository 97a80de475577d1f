#pragma once
// A reader for the pickles inside PyTorch's weight files. It knows containers, numbers, texts and
// the three functions that rebuild tensors, as data: nothing is imported, called or run, and any
// other name is refused.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paucal::models {

using PickleId = uint32_t;

struct PickleValue {
  enum class Kind {
    kNone,
    kBool,     // integer
    kInt,      // integer
    kFloat,    // real
    kString,   // text
    kTuple,    // items
    kList,     // items
    kDict,     // items: key, value, key, value, …; also an OrderedDict
    kGlobal,   // text: module, newline, name
    kStorage,  // items: type (global), key (text), place (text), number of elements
    kTensor,   // items: storage, offset (int), sizes (tuple), strides (tuple)
  };
  Kind kind = Kind::kNone;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;  // lies in the pickle's bytes
  std::vector<PickleId> items;
};

// Values refer to each other by number, so a cycle in a hostile file is only a number too.
struct Pickle {
  std::vector<PickleValue> values;
  PickleId root = 0;

  const PickleValue& operator[](PickleId id) const { return values[id]; }
};

// Throws Error with `origin` and the byte in the pickle. At most a million values. `size`: bytes up
// to its end, where others may follow.
Pickle read_pickle(std::span<const uint8_t> bytes, const std::string& origin,
                   uint64_t* size = nullptr);

}  // namespace paucal::models
