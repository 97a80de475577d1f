#pragma once
// One change somewhere in a tree of JSON. Shared by fuzz targets and tests.

#include <cmath>
#include <functional>
#include <string>

#include "base/json.h"

namespace paucal::edge::fuzz {

// Where choices come from: 0 … n-1, n ≥ 1.
using Below = std::function<size_t(size_t n)>;

// What stands in place of a number or a text.
struct OtherLeaves {
  std::function<double(double truth)> number;
  std::function<std::string(const std::string& truth)> text;
};

inline void change_leaf(Json& json, const Below& below, const OtherLeaves& other) {
  if (json.is_number()) {
    const double number = other.number(json.get<double>());
    json = number == std::floor(number) && std::abs(number) < 9e15
               ? Json(static_cast<int64_t>(number))
               : Json(number);
  } else if (json.is_boolean()) {
    json = !json.get<bool>();
  } else if (json.is_string()) {
    json = other.text(json.get<std::string>());
  } else if (json.is_array()) {
    json.push_back(static_cast<int64_t>(below(40)));
  }
}

// One leaf, or one element of a list, which is dropped or stands there twice.
inline void change_json(Json& json, const Below& below, const OtherLeaves& other) {
  if (!json.is_structured() || json.empty()) return change_leaf(json, below, other);
  auto child = json.begin();
  std::advance(child, static_cast<std::ptrdiff_t>(below(json.size())));
  if (!json.is_array() || below(3) != 0) return change_json(*child, below, other);
  Json copy = *child;
  if (below(2))
    json.push_back(std::move(copy));
  else
    json.erase(child);
}

}  // namespace paucal::edge::fuzz
