#include "models/pickle.h"

#include <bit>

#include "models/byte_reader.h"
#include "models/pickle_globals.h"
#include "models/pickle_stack.h"

namespace paucal::models {
namespace {

using Kind = PickleValue::Kind;

constexpr int kMaxProtocol = 2;

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

// What the opcodes act on.
struct Reading {
  ByteReader& reader;
  PickleStack& stack;
};

int64_t long_number(ByteReader& reader) {
  const auto digits = reader.take(reader.number<uint8_t>());
  if (digits.size() > 8) reader.fail_here("an integer of {} bytes", digits.size());
  uint64_t value = 0;
  for (size_t i = 0; i < digits.size(); ++i) value |= uint64_t{digits[i]} << (8 * i);
  const bool negative = !digits.empty() && (digits.back() & 0x80) != 0;
  if (negative && digits.size() < 8) value |= ~uint64_t{0} << (8 * digits.size());
  return static_cast<int64_t>(value);
}

void check_protocol(ByteReader& reader) {
  const auto version = reader.number<uint8_t>();
  if (version > kMaxProtocol)
    reader.fail_here("pickle protocol {}, expected at most {}", version, kMaxProtocol);
}

PickleValue float_number(ByteReader& reader) {
  PickleValue number;
  number.kind = Kind::kFloat;
  number.real = std::bit_cast<double>(__builtin_bswap64(reader.number<uint64_t>()));
  return number;
}

// Each of these takes the opcodes of one family, and is false for all others.

bool read_scalar(const Reading& r, uint8_t opcode) {
  switch (opcode) {
    case kProto:
      return check_protocol(r.reader), true;
    case kNone:
      return r.stack.push({}), true;
    case kNewTrue:
    case kNewFalse:
      return r.stack.push_number(Kind::kBool, opcode == kNewTrue ? 1 : 0), true;
    case kBinInt:
      return r.stack.push_number(Kind::kInt, r.reader.number<int32_t>()), true;
    case kBinInt1:
      return r.stack.push_number(Kind::kInt, r.reader.number<uint8_t>()), true;
    case kBinInt2:
      return r.stack.push_number(Kind::kInt, r.reader.number<uint16_t>()), true;
    case kLong1:
      return r.stack.push_number(Kind::kInt, long_number(r.reader)), true;
    case kBinFloat:
      return r.stack.push(float_number(r.reader)), true;
    case kBinUnicode:
      return r.stack.push_text(Kind::kString, r.reader.text(r.reader.number<uint32_t>())), true;
    case kShortBinString:
      return r.stack.push_text(Kind::kString, r.reader.text(r.reader.number<uint8_t>())), true;
    default:
      return false;
  }
}

bool read_container(PickleStack& stack, uint8_t opcode) {
  switch (opcode) {
    case kMark:
      return stack.mark(), true;
    case kEmptyTuple:
      return stack.push_items(Kind::kTuple, {}), true;
    case kEmptyList:
      return stack.push_items(Kind::kList, {}), true;
    case kEmptyDict:
      return stack.push_items(Kind::kDict, {}), true;
    case kTuple:
      return stack.push_items(Kind::kTuple, stack.pop_to_mark()), true;
    case kTuple1:
    case kTuple2:
    case kTuple3:
      return stack.push_items(Kind::kTuple, stack.pop_many(opcode - kTuple1 + 1u)), true;
    case kAppend:
      return stack.extend(Kind::kList, stack.pop_many(1)), true;
    case kAppends:
      return stack.extend(Kind::kList, stack.pop_to_mark()), true;
    case kSetItem:
      return stack.extend(Kind::kDict, stack.pop_many(2)), true;
    case kSetItems:
      return stack.extend(Kind::kDict, stack.pop_to_mark()), true;
    default:
      return false;
  }
}

bool read_memo(const Reading& r, uint8_t opcode) {
  switch (opcode) {
    case kBinPut:
      return r.stack.put(r.reader.number<uint8_t>()), true;
    case kLongBinPut:
      return r.stack.put(r.reader.number<uint32_t>()), true;
    case kBinGet:
      return r.stack.get(r.reader.number<uint8_t>()), true;
    case kLongBinGet:
      return r.stack.get(r.reader.number<uint32_t>()), true;
    default:
      return false;
  }
}

// Two lines: a module and a name in it.
void read_global(const Reading& r) {
  const uint64_t begin = r.reader.position();
  for (int lines = 0; lines < 2;) lines += r.reader.number<uint8_t>() == '\n' ? 1 : 0;
  const auto line = r.reader.bytes().subspan(begin, r.reader.position() - begin - 1);
  const std::string_view name(reinterpret_cast<const char*>(line.data()), line.size());
  if (!is_known_global(name))
    r.reader.fail_here("refers to '{}': only tensors in containers are read", shown_global(name));
  r.stack.push_text(Kind::kGlobal, name);
}

void read_persistent_id(const Reading& r) {
  auto storage = storage_of(r.stack.values(), r.stack.at(r.stack.pop()));
  if (!storage) r.reader.fail_here("persistent id, expected ('storage', type, key, place, size)");
  r.stack.push(std::move(*storage));
}

void read_call(const Reading& r) {
  const PickleValue& arguments = r.stack.at(r.stack.pop());
  const PickleValue& function = r.stack.at(r.stack.pop());
  if (function.kind != Kind::kGlobal || arguments.kind != Kind::kTuple)
    r.reader.fail_here("a call of something that is no known function");
  auto result = result_of_call(r.stack.values(), function.text, arguments.items);
  if (!result)
    r.reader.fail_here("'{}' with {} arguments of other types than expected",
                       shown_global(function.text), arguments.items.size());
  if (const auto* id = std::get_if<PickleId>(&*result))
    r.stack.push_id(*id);
  else
    r.stack.push(std::get<PickleValue>(std::move(*result)));
}

// The attributes of an OrderedDict, state_dict()'s _metadata: versions of modules, of no use here.
void skip_attributes(const Reading& r) {
  const PickleId state = r.stack.pop();
  if (r.stack.at(state).kind != Kind::kDict || r.stack.at(r.stack.top()).kind != Kind::kDict)
    r.reader.fail_here("attributes for something that is no OrderedDict");
}

bool read_object(const Reading& r, uint8_t opcode) {
  switch (opcode) {
    case kGlobal:
      return read_global(r), true;
    case kBinPersId:
      return read_persistent_id(r), true;
    case kReduce:
      return read_call(r), true;
    case kBuild:
      return skip_attributes(r), true;
    default:
      return false;
  }
}

}  // namespace

Pickle read_pickle(std::span<const uint8_t> bytes, const std::string& origin, uint64_t* size) {
  ByteReader reader("pth", origin, bytes);
  PickleStack stack(reader);
  const Reading r{reader, stack};
  for (;;) {
    const auto opcode = reader.number<uint8_t>();
    if (opcode == kStop) {
      if (size) *size = reader.position();
      return stack.finish();
    }
    if (!read_scalar(r, opcode) && !read_container(stack, opcode) && !read_memo(r, opcode) &&
        !read_object(r, opcode))
      reader.fail_here("opcode {:#04x} is not one that weight files use", opcode);
  }
}

}  // namespace paucal::models
