#include "line/modbus_frame.h"

#include <algorithm>

namespace paucal::line {
namespace {

constexpr size_t kHeader = 7;  // transaction, protocol, length, unit
constexpr uint8_t kIllegalFunction = 1, kIllegalAddress = 2, kIllegalValue = 3;

size_t word_at(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<size_t>(bytes[at]) << 8 | bytes[at + 1];
}

void put_word(std::vector<uint8_t>& bytes, size_t word) {
  bytes.push_back(static_cast<uint8_t>(word >> 8));
  bytes.push_back(static_cast<uint8_t>(word & 0xff));
}

// Function and data of the answer, or an exception.
using Function = std::vector<uint8_t>;
Function exception(uint8_t function, uint8_t code) {
  return {static_cast<uint8_t>(function | 0x80), code};
}

// Whether `count` registers from `address` on lie within [from, from + size) of the bank.
bool lies_within(size_t address, size_t count, const RegisterBank& bank, size_t from, size_t size) {
  const size_t begin = bank.first + from;
  return address >= begin && address + count <= begin + size;
}

Function read_registers(std::span<const uint8_t> data, uint8_t function, const RegisterBank& bank) {
  if (data.size() != 5) return exception(function, kIllegalValue);
  const size_t address = word_at(data, 1), count = word_at(data, 3);
  if (count < 1 || count > 125) return exception(function, kIllegalValue);
  if (!lies_within(address, count, bank, 0, bank.words.size()))
    return exception(function, kIllegalAddress);
  Function answer{function, static_cast<uint8_t>(2 * count)};
  for (size_t i = 0; i < count; ++i) put_word(answer, bank.words[address - bank.first + i]);
  return answer;
}

Function write_one(std::span<const uint8_t> data, const RegisterBank& bank) {
  if (data.size() != 5) return exception(6, kIllegalValue);
  const size_t address = word_at(data, 1);
  if (!lies_within(address, 1, bank, bank.writable, bank.count))
    return exception(6, kIllegalAddress);
  bank.words[address - bank.first] = static_cast<uint16_t>(word_at(data, 3));
  return {data.begin(), data.end()};
}

Function write_many(std::span<const uint8_t> data, const RegisterBank& bank) {
  if (data.size() < 6) return exception(16, kIllegalValue);
  const size_t address = word_at(data, 1), count = word_at(data, 3);
  if (count < 1 || count > 123 || data[5] != 2 * count || data.size() != 6 + 2 * count)
    return exception(16, kIllegalValue);
  if (!lies_within(address, count, bank, bank.writable, bank.count))
    return exception(16, kIllegalAddress);
  for (size_t i = 0; i < count; ++i)
    bank.words[address - bank.first + i] = static_cast<uint16_t>(word_at(data, 6 + 2 * i));
  return {data.begin(), data.begin() + 5};
}

Function answer_function(std::span<const uint8_t> data, const RegisterBank& bank) {
  switch (data[0]) {
    case 3:
    case 4:
      return read_registers(data, data[0], bank);
    case 6:
      return write_one(data, bank);
    case 16:
      return write_many(data, bank);
    default:
      return exception(data[0], kIllegalFunction);
  }
}

}  // namespace

std::optional<size_t> frame_size(std::span<const uint8_t> bytes) {
  if (bytes.size() < 6) return 0;
  const size_t length = word_at(bytes, 4);  // of unit and function
  if (word_at(bytes, 2) != 0 || length < 2 || length > kMaxFrame - 6) return std::nullopt;
  return 6 + length;
}

std::vector<uint8_t> answer_frame(std::span<const uint8_t> frame, RegisterBank bank) {
  if (frame.size() <= kHeader || frame.size() > kMaxFrame) return {};
  const Function function = answer_function(frame.subspan(kHeader), bank);
  std::vector<uint8_t> answer(frame.begin(), frame.begin() + 4);
  put_word(answer, 1 + function.size());
  answer.push_back(frame[6]);
  answer.insert(answer.end(), function.begin(), function.end());
  return answer;
}

}  // namespace paucal::line
