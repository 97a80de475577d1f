#include "models/pickle_stack.h"

namespace paucal::models {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMaxPickleValues = 1'000'000;

}  // namespace

void PickleStack::push(PickleValue value) {
  if (pickle_.values.size() == kMaxPickleValues)
    reader_.fail_here("more than {} values", kMaxPickleValues);
  pickle_.values.push_back(std::move(value));
  push_id(static_cast<PickleId>(pickle_.values.size() - 1));
}

void PickleStack::push_number(Kind kind, int64_t value) {
  PickleValue number;
  number.kind = kind;
  number.integer = value;
  push(std::move(number));
}

void PickleStack::push_text(Kind kind, std::string_view text) {
  PickleValue value;
  value.kind = kind;
  value.text = text;
  push(std::move(value));
}

void PickleStack::push_items(Kind kind, std::vector<PickleId> items) {
  PickleValue value;
  value.kind = kind;
  value.items = std::move(items);
  push(std::move(value));
}

PickleId PickleStack::top() const {
  if (stack_.size() <= floor()) reader_.fail_here("the stack is empty");
  return stack_.back();
}

PickleId PickleStack::pop() {
  const PickleId id = top();
  stack_.pop_back();
  return id;
}

std::vector<PickleId> PickleStack::pop_many(size_t count) {
  if (stack_.size() < floor() + count) reader_.fail_here("the stack is empty");
  std::vector<PickleId> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return items;
}

std::vector<PickleId> PickleStack::pop_to_mark() {
  if (marks_.empty()) reader_.fail_here("no mark on the stack");
  std::vector<PickleId> items = pop_many(stack_.size() - marks_.back());
  marks_.pop_back();
  return items;
}

void PickleStack::extend(Kind kind, const std::vector<PickleId>& items) {
  PickleValue& target = pickle_.values[top()];
  if (target.kind != kind || (kind == Kind::kDict && items.size() % 2 != 0))
    reader_.fail_here("items for something that cannot hold them");
  target.items.insert(target.items.end(), items.begin(), items.end());
}

void PickleStack::get(uint32_t slot) {
  const auto found = memo_.find(slot);
  if (found == memo_.end()) reader_.fail_here("memo {} was never set", slot);
  push_id(found->second);
}

Pickle PickleStack::finish() {
  pickle_.root = pop();
  if (!stack_.empty() || !marks_.empty()) reader_.fail_here("values left over at the end");
  return std::move(pickle_);
}

}  // namespace paucal::models
