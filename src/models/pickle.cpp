#include "models/pickle.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "models/byte_reader.h"

namespace paucal::models {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMaxValues = 1'000'000;
constexpr int kMaxProtocol = 2;
constexpr size_t kMaxRank = 16;
constexpr std::string_view kRebuildTensor = "torch._utils\n_rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils\n_rebuild_parameter";
constexpr std::string_view kOrderedDict = "collections\nOrderedDict";
constexpr std::array kGlobals = {kRebuildTensor, kRebuildParameter, kOrderedDict};

bool is_storage_type(std::string_view global) {
  return global.starts_with("torch\n") && global.ends_with("Storage");
}

std::string shown(std::string_view global) {
  std::string name(global);
  std::replace(name.begin(), name.end(), '\n', '.');
  return printable(name);
}

// Opcodes as in CPython's Lib/pickletools.py.
enum Opcode : uint8_t {
  kProto = 0x80,
  kStop = '.',
  kMark = '(',
  kNone = 'N',
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kLong1 = 0x8a,
  kBinFloat = 'G',
  kBinUnicode = 'X',
  kShortBinString = 'U',
  kEmptyTuple = ')',
  kTuple = 't',
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kEmptyList = ']',
  kAppend = 'a',
  kAppends = 'e',
  kEmptyDict = '}',
  kSetItem = 's',
  kSetItems = 'u',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kGlobal = 'c',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBuild = 'b',
};

class Machine {
 public:
  Machine(std::span<const uint8_t> bytes, const std::string& origin)
      : reader_("pth", origin + ":data.pkl", bytes) {}

  Pickle run() {
    for (;;) {
      const auto opcode = reader_.number<uint8_t>();
      if (opcode == kStop) break;
      if (!scalar(opcode) && !container(opcode) && !memory(opcode) && !object(opcode))
        reader_.fail_here("opcode {:#04x} is not one that weight files use", opcode);
    }
    pickle_.root = pop();
    if (!stack_.empty() || !marks_.empty()) reader_.fail_here("values left over at the end");
    return std::move(pickle_);
  }

 private:
  bool scalar(uint8_t opcode) {
    switch (opcode) {
      case kProto: {
        const auto version = reader_.number<uint8_t>();
        if (version > kMaxProtocol)
          reader_.fail_here("pickle protocol {}, expected at most {}", version, kMaxProtocol);
        return true;
      }
      case kNone:
        push({});
        return true;
      case kNewTrue:
      case kNewFalse:
        return push_int(opcode == kNewTrue ? 1 : 0, Kind::kBool);
      case kBinInt:
        return push_int(reader_.number<int32_t>());
      case kBinInt1:
        return push_int(reader_.number<uint8_t>());
      case kBinInt2:
        return push_int(reader_.number<uint16_t>());
      case kLong1:
        return push_int(long_number());
      case kBinFloat:
        return push_real(std::bit_cast<double>(__builtin_bswap64(reader_.number<uint64_t>())));
      case kBinUnicode:
        return push_text(Kind::kString, reader_.text(reader_.number<uint32_t>()));
      case kShortBinString:
        return push_text(Kind::kString, reader_.text(reader_.number<uint8_t>()));
      default:
        return false;
    }
  }

  bool container(uint8_t opcode) {
    switch (opcode) {
      case kMark:
        marks_.push_back(stack_.size());
        return true;
      case kEmptyTuple:
        push_items(Kind::kTuple, {});
        return true;
      case kEmptyList:
        push_items(Kind::kList, {});
        return true;
      case kEmptyDict:
        push_items(Kind::kDict, {});
        return true;
      case kTuple:
        push_items(Kind::kTuple, pop_to_mark());
        return true;
      case kTuple1:
      case kTuple2:
      case kTuple3:
        push_items(Kind::kTuple, pop_many(opcode - kTuple1 + 1));
        return true;
      case kAppend:
        return extend(Kind::kList, pop_many(1));
      case kAppends:
        return extend(Kind::kList, pop_to_mark());
      case kSetItem:
        return extend(Kind::kDict, pop_many(2));
      case kSetItems:
        return extend(Kind::kDict, pop_to_mark());
      default:
        return false;
    }
  }

  bool memory(uint8_t opcode) {
    switch (opcode) {
      case kBinPut:
        return put(reader_.number<uint8_t>());
      case kLongBinPut:
        return put(reader_.number<uint32_t>());
      case kBinGet:
        return get(reader_.number<uint8_t>());
      case kLongBinGet:
        return get(reader_.number<uint32_t>());
      default:
        return false;
    }
  }

  bool object(uint8_t opcode) {
    switch (opcode) {
      case kGlobal:
        return global();
      case kBinPersId:
        return persistent_id();
      case kReduce:
        return reduce();
      case kBuild: {
        // The attributes of an OrderedDict: state_dict()'s _metadata, versions of modules.
        const PickleId state = pop();
        if (at(state).kind != Kind::kDict || at(top()).kind != Kind::kDict)
          reader_.fail_here("attributes for something that is no OrderedDict");
        return true;
      }
      default:
        return false;
    }
  }

  bool global() {
    const uint64_t begin = reader_.position();
    for (int lines = 0; lines < 2;) lines += reader_.number<uint8_t>() == '\n' ? 1 : 0;
    const auto line = reader_.bytes().subspan(begin, reader_.position() - begin - 1);
    const std::string_view name(reinterpret_cast<const char*>(line.data()), line.size());
    if (std::find(kGlobals.begin(), kGlobals.end(), name) == kGlobals.end() &&
        !is_storage_type(name))
      reader_.fail_here("refers to '{}': only tensors in containers are read", shown(name));
    push_text(Kind::kGlobal, name);
    return true;
  }

  // ("storage", type, key, place, number of elements)
  bool persistent_id() {
    const PickleValue& id = at(pop());
    const bool shaped = id.kind == Kind::kTuple && id.items.size() == 5;
    if (!shaped || at(id.items[0]).text != "storage" || at(id.items[1]).kind != Kind::kGlobal ||
        !is_storage_type(at(id.items[1]).text) || at(id.items[2]).kind != Kind::kString ||
        at(id.items[4]).kind != Kind::kInt)
      reader_.fail_here("persistent id, expected ('storage', type, key, place, size)");
    push_items(Kind::kStorage, {id.items.begin() + 1, id.items.end()});
    return true;
  }

  bool reduce() {
    const PickleValue& arguments = at(pop());
    const PickleValue& function = at(pop());
    if (function.kind != Kind::kGlobal || arguments.kind != Kind::kTuple)
      reader_.fail_here("a call of something that is no known function");
    const auto& items = arguments.items;
    if (function.text == kOrderedDict && items.empty()) {
      push_items(Kind::kDict, {});
    } else if (function.text == kRebuildTensor && (items.size() == 6 || items.size() == 7) &&
               at(items[0]).kind == Kind::kStorage && at(items[1]).kind == Kind::kInt &&
               is_int_tuple(items[2]) && is_int_tuple(items[3])) {
      push_items(Kind::kTensor, {items.begin(), items.begin() + 4});
    } else if (function.text == kRebuildParameter && items.size() == 3 &&
               at(items[0]).kind == Kind::kTensor) {
      push_id(items[0]);
    } else {
      reader_.fail_here("'{}' with {} arguments of other types than expected", shown(function.text),
                        items.size());
    }
    return true;
  }

  bool is_int_tuple(PickleId id) const {
    const PickleValue& tuple = at(id);
    return tuple.kind == Kind::kTuple && tuple.items.size() <= kMaxRank &&
           std::all_of(tuple.items.begin(), tuple.items.end(),
                       [this](PickleId item) { return at(item).kind == Kind::kInt; });
  }

  int64_t long_number() {
    const auto digits = reader_.take(reader_.number<uint8_t>());
    if (digits.size() > 8) reader_.fail_here("an integer of {} bytes", digits.size());
    uint64_t value = 0;
    for (size_t i = 0; i < digits.size(); ++i) value |= uint64_t{digits[i]} << (8 * i);
    const bool negative = !digits.empty() && (digits.back() & 0x80) != 0;
    if (negative && digits.size() < 8) value |= ~uint64_t{0} << (8 * digits.size());
    return static_cast<int64_t>(value);
  }

  bool extend(Kind kind, std::vector<PickleId> items) {
    PickleValue& target = pickle_.values[top()];
    if (target.kind != kind || (kind == Kind::kDict && items.size() % 2 != 0))
      reader_.fail_here("items for something that cannot hold them");
    target.items.insert(target.items.end(), items.begin(), items.end());
    return true;
  }

  bool put(uint32_t slot) {
    memo_[slot] = top();
    return true;
  }

  bool get(uint32_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) reader_.fail_here("memo {} was never set", slot);
    push_id(found->second);
    return true;
  }

  const PickleValue& at(PickleId id) const { return pickle_.values[id]; }

  void push_id(PickleId id) { stack_.push_back(id); }

  void push(PickleValue value) {
    if (pickle_.values.size() == kMaxValues) reader_.fail_here("more than {} values", kMaxValues);
    pickle_.values.push_back(std::move(value));
    push_id(static_cast<PickleId>(pickle_.values.size() - 1));
  }

  bool push_int(int64_t value, Kind kind = Kind::kInt) {
    PickleValue number;
    number.kind = kind;
    number.integer = value;
    push(std::move(number));
    return true;
  }

  bool push_real(double value) {
    PickleValue number;
    number.kind = Kind::kFloat;
    number.real = value;
    push(std::move(number));
    return true;
  }

  bool push_text(Kind kind, std::string_view text) {
    PickleValue value;
    value.kind = kind;
    value.text = text;
    push(std::move(value));
    return true;
  }

  void push_items(Kind kind, std::vector<PickleId> items) {
    PickleValue value;
    value.kind = kind;
    value.items = std::move(items);
    push(std::move(value));
  }

  // Values below the last mark are out of reach, as in Python.
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  PickleId top() const {
    if (stack_.size() <= floor()) reader_.fail_here("the stack is empty");
    return stack_.back();
  }

  PickleId pop() {
    const PickleId id = top();
    stack_.pop_back();
    return id;
  }

  std::vector<PickleId> pop_many(size_t count) {
    if (stack_.size() < floor() + count) reader_.fail_here("the stack is empty");
    std::vector<PickleId> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }

  std::vector<PickleId> pop_to_mark() {
    if (marks_.empty()) reader_.fail_here("no mark on the stack");
    std::vector<PickleId> items = pop_many(stack_.size() - marks_.back());
    marks_.pop_back();
    return items;
  }

  ByteReader reader_;
  Pickle pickle_;
  std::vector<PickleId> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint32_t, PickleId> memo_;
};

}  // namespace

Pickle read_pickle(std::span<const uint8_t> bytes, const std::string& origin) {
  return Machine(bytes, origin).run();
}

}  // namespace paucal::models
