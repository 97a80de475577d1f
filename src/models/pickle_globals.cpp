#include "models/pickle_globals.h"

#include <algorithm>
#include <array>

#include "models/byte_reader.h"

namespace paucal::models {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMaxTensorRank = 16;
constexpr std::string_view kRebuildTensor = "torch._utils\n_rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils\n_rebuild_parameter";
constexpr std::string_view kOrderedDict = "collections\nOrderedDict";
constexpr std::array kFunctions = {kRebuildTensor, kRebuildParameter, kOrderedDict};

bool is_storage_type(std::string_view global) {
  return global.starts_with("torch\n") && global.ends_with("Storage");
}

bool is_int_tuple(const std::vector<PickleValue>& values, PickleId id) {
  const PickleValue& tuple = values[id];
  return tuple.kind == Kind::kTuple && tuple.items.size() <= kMaxTensorRank &&
         std::ranges::all_of(tuple.items,
                             [&](PickleId item) { return values[item].kind == Kind::kInt; });
}

PickleValue value_of(Kind kind, std::vector<PickleId> items) {
  PickleValue value;
  value.kind = kind;
  value.items = std::move(items);
  return value;
}

}  // namespace

bool is_known_global(std::string_view global) {
  return std::ranges::find(kFunctions, global) != kFunctions.end() || is_storage_type(global);
}

std::string shown_global(std::string_view global) {
  std::string name(global);
  std::ranges::replace(name, '\n', '.');
  return printable(name);
}

std::optional<PickleValue> storage_of(const std::vector<PickleValue>& values,
                                      const PickleValue& id) {
  const auto at = [&](size_t i) -> const PickleValue& { return values[id.items[i]]; };
  // Before 1.6 a sixth value made the storage a part of another; torch has not done so since 0.4.
  const bool shaped = id.kind == Kind::kTuple &&
                      (id.items.size() == 5 || (id.items.size() == 6 && at(5).kind == Kind::kNone));
  if (!shaped || at(0).text != "storage" || at(1).kind != Kind::kGlobal ||
      !is_storage_type(at(1).text) || at(2).kind != Kind::kString || at(4).kind != Kind::kInt)
    return std::nullopt;
  return value_of(Kind::kStorage, {id.items.begin() + 1, id.items.begin() + 5});
}

std::optional<CallResult> result_of_call(const std::vector<PickleValue>& values,
                                         std::string_view function,
                                         const std::vector<PickleId>& arguments) {
  const auto kind = [&](size_t i) { return values[arguments[i]].kind; };
  const size_t count = arguments.size();
  if (function == kOrderedDict && count == 0) return value_of(Kind::kDict, {});
  if (function == kRebuildTensor && (count == 6 || count == 7) && kind(0) == Kind::kStorage &&
      kind(1) == Kind::kInt && is_int_tuple(values, arguments[2]) &&
      is_int_tuple(values, arguments[3]))
    return value_of(Kind::kTensor, {arguments.begin(), arguments.begin() + 4});
  if (function == kRebuildParameter && count == 3 && kind(0) == Kind::kTensor) return arguments[0];
  return std::nullopt;
}

}  // namespace paucal::models
