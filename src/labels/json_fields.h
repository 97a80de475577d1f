#pragma once
// Looking into JSON that strangers wrote: every answer may be "not there, or of another type".

#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "labels/annotation.h"

namespace paucal::labels {

// The member of an object; null where there is none, or where `json` is no object.
inline const Json* member(const Json& json, const char* key) {
  if (!json.is_object()) return nullptr;
  const auto it = json.find(key);
  return it == json.end() ? nullptr : &*it;
}

inline const Json* array_member(const Json& json, const char* key) {
  const Json* found = member(json, key);
  return found && found->is_array() ? found : nullptr;
}

// "" where there is no such text.
inline std::string text_member(const Json& json, const char* key) {
  const Json* found = member(json, key);
  return found && found->is_string() ? found->get<std::string>() : "";
}

// A finite number small enough to be a pixel coordinate.
inline std::optional<float> coordinate(const Json& json) {
  if (!json.is_number()) return std::nullopt;
  const double value = json.get<double>();
  if (!std::isfinite(value) || std::abs(value) > 1e7) return std::nullopt;
  return static_cast<float>(value);
}

// A side of an image in pixels; 0 where there is none that can be one.
inline int side_member(const Json& json, const char* key) {
  const Json* side = member(json, key);
  if (!side || !side->is_number_integer()) return 0;
  const auto value = side->get<int64_t>();
  return value > 0 && value <= 1'000'000 ? static_cast<int>(value) : 0;
}

// [[x, y], …]; empty where any point is bad.
inline std::vector<std::array<float, 2>> points_of(const Json& json) {
  std::vector<std::array<float, 2>> points;
  if (!json.is_array()) return {};
  for (const Json& point : json) {
    if (!point.is_array() || point.size() < 2) return {};
    const auto x = coordinate(point[0]), y = coordinate(point[1]);
    if (!x || !y) return {};
    points.push_back({*x, *y});
  }
  return points;
}

inline edge::Box bounds_of(const std::vector<std::array<float, 2>>& points) {
  edge::Box box{points[0][0], points[0][1], points[0][0], points[0][1]};
  for (const auto& [x, y] : points)
    box = {std::min(box.x0, x), std::min(box.y0, y), std::max(box.x1, x), std::max(box.y1, y)};
  return box;
}

// Of at least one polygon.
inline edge::Box bounds_of_all(const std::vector<std::vector<std::array<float, 2>>>& polygons) {
  edge::Box box = bounds_of(polygons[0]);
  for (const auto& polygon : polygons) {
    const edge::Box more = bounds_of(polygon);
    box = {std::min(box.x0, more.x0), std::min(box.y0, more.y0), std::max(box.x1, more.x1),
           std::max(box.y1, more.y1)};
  }
  return box;
}

// Ids are numbers in the standard, texts in some exports: 1, 1.0 and "1" are one. "" where there is
// none.
inline std::string id_of(const Json& json, const char* key) {
  const Json* id = member(json, key);
  if (!id) return "";
  if (id->is_string()) return std::string(trim(id->get_ref<const std::string&>()));
  if (id->is_number_float()) {
    const double value = id->get<double>();
    if (std::abs(value) < 1e15 && value == std::floor(value))
      return std::to_string(static_cast<int64_t>(value));
  }
  return id->is_number() ? id->dump() : "";
}

}  // namespace paucal::labels
