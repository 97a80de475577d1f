#pragma once
// nlohmann-json with keys kept in the order they were written: reports and configs read well.

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

namespace paucal {
using Json = nlohmann::ordered_json;
}

// The library's destructor takes memory for a list of what is still to be destroyed, and where
// there is none, an exception in a destructor ends the program. A document that is no deeper than
// kPlainDepth, as those of model files are, is destroyed without any; deeper ones would need too
// much stack and still take a list. Pointers are null where an allocation failed half-way.
template <>
inline void nlohmann::ordered_json::json_value::destroy(nlohmann::ordered_json::value_t type) {
  constexpr int kPlainDepth = 100;
  static thread_local int depth = 0;
  const bool structured = type == value_t::array || type == value_t::object;
  if (structured && depth >= kPlainDepth) {
    std::vector<nlohmann::ordered_json> rest;
    const auto move_children = [&rest](json_value& from, value_t kind) {
      if (kind == value_t::array && from.array != nullptr) {
        for (auto& child : *from.array) rest.push_back(std::move(child));
        from.array->clear();
      } else if (kind == value_t::object && from.object != nullptr) {
        for (auto& [key, child] : *from.object) rest.push_back(std::move(child));
        from.object->clear();
      }
    };
    move_children(*this, type);
    while (!rest.empty()) {
      nlohmann::ordered_json last = std::move(rest.back());
      rest.pop_back();
      move_children(last.m_value, last.m_type);
    }
  }
  ++depth;
  if (type == value_t::object) delete object;
  if (type == value_t::array) delete array;
  if (type == value_t::string) delete string;
  if (type == value_t::binary) delete binary;
  --depth;
}
