#pragma once
// What the names in torch's weight files mean: the storage types, and the three functions that
// rebuild tensors. Nothing is called; each is told by the kinds of its arguments. Internal to
// pickle.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/pickle.h"

namespace paucal::models {

// `global`: module, newline, name.
bool is_known_global(std::string_view global);
std::string shown_global(std::string_view global);  // for messages: "module.name", printable

// The storage that the persistent id ("storage", type, key, place, number of elements[, None])
// stands for; nothing where `id` is shaped otherwise.
std::optional<PickleValue> storage_of(const std::vector<PickleValue>& values,
                                      const PickleValue& id);

// What a call gives: a new value, or the number of one that is there. Nothing where the function
// does not take these arguments.
using CallResult = std::variant<PickleValue, PickleId>;
std::optional<CallResult> result_of_call(const std::vector<PickleValue>& values,
                                         std::string_view function,
                                         const std::vector<PickleId>& arguments);

}  // namespace paucal::models
