#pragma once
// The machine that a pickle is a program for: a stack of values with marks, and a memo. It knows
// nothing of what the values mean. Internal to pickle.

#include <unordered_map>
#include <vector>

#include "models/byte_reader.h"
#include "models/pickle.h"

namespace paucal::models {

// Whatever is not there is an error of `reader`, at the byte it has come to.
class PickleStack {
 public:
  explicit PickleStack(const ByteReader& reader) : reader_(reader) {}

  const PickleValue& at(PickleId id) const { return pickle_.values[id]; }
  const std::vector<PickleValue>& values() const { return pickle_.values; }

  void push(PickleValue value);  // at most a million in all
  void push_id(PickleId id) { stack_.push_back(id); }
  void push_number(PickleValue::Kind kind, int64_t value);
  void push_text(PickleValue::Kind kind, std::string_view text);
  void push_items(PickleValue::Kind kind, std::vector<PickleId> items);

  void mark() { marks_.push_back(stack_.size()); }
  // Values below the last mark are out of reach, as in Python.
  PickleId top() const;
  PickleId pop();
  std::vector<PickleId> pop_many(size_t count);
  std::vector<PickleId> pop_to_mark();
  // Appends to the list or dict on top.
  void extend(PickleValue::Kind kind, const std::vector<PickleId>& items);

  void put(uint32_t slot) { memo_[slot] = top(); }
  void get(uint32_t slot);

  // The one value that is left is the root.
  Pickle finish();

 private:
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  const ByteReader& reader_;
  Pickle pickle_;
  std::vector<PickleId> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint32_t, PickleId> memo_;
};

}  // namespace paucal::models
