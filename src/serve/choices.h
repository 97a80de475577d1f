#pragma once
// Which version serves, where a person chose another than the highest; remembered over a restart.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace paucal::serve {

// `version` serves until one above `passed_over` comes. What lies between the two is abandoned.
struct Choice {
  int version = 0, passed_over = 0;

  bool abandons(int other) const { return other > version && other <= passed_over; }
  bool operator==(const Choice&) const = default;
};
using Choices = std::map<std::string, Choice>;

// The best of `versions` first: those above `passed_over`, then `version` and those below it.
// Abandoned ones are left out. Without a choice: the highest first.
std::vector<int> in_order_of_choice(std::vector<int> versions, const std::optional<Choice>& choice);

// Of the models' folder.
inline constexpr const char* kChoicesFile = ".choices.json";

// {"screws": {"version": 2, "passed_over": 3}}. No file: no choice. A damaged
// one is a failure, since an abandoned version must not come back by itself.
Result<Choices> read_choices(const std::filesystem::path& file);
std::optional<Failure> write_choices(const std::filesystem::path& file, const Choices& choices);

}  // namespace paucal::serve
