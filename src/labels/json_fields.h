#pragma once
// Looking into JSON that strangers wrote: every answer may be "not there, or of another type".

#include <cmath>
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

constexpr int kMaxCoordinate = 10'000'000;  // in pixels; floats still hold them whole

// A finite number small enough to be a pixel coordinate, or what `most` says.
inline std::optional<float> coordinate(const Json& json, double most = kMaxCoordinate) {
  if (!json.is_number()) return std::nullopt;
  const double value = json.get<double>();
  if (!std::isfinite(value) || std::abs(value) > most) return std::nullopt;
  return static_cast<float>(value);
}

// All corners are coordinates, too: what was computed from them may lie further.
inline bool is_near(const edge::Box& box) {
  return std::max(std::max(-box.x0, -box.y0), std::max(box.x1, box.y1)) <= kMaxCoordinate;
}

// A side of an image in pixels; 0 where it cannot be one.
inline int side_of(const Json& json) {
  if (!json.is_number_integer()) return 0;
  const auto value = json.get<int64_t>();
  return value > 0 && value <= 1'000'000 ? static_cast<int>(value) : 0;
}

inline int side_member(const Json& json, const char* key) {
  const Json* side = member(json, key);
  return side ? side_of(*side) : 0;
}

// [[x, y], …]; empty where any point is bad.
inline Ring points_of(const Json& json) {
  Ring points;
  if (!json.is_array()) return {};
  for (const Json& point : json) {
    if (!point.is_array() || point.size() < 2) return {};
    const auto x = coordinate(point[0]), y = coordinate(point[1]);
    if (!x || !y) return {};
    points.push_back({*x, *y});
  }
  return points;
}

inline edge::Box bounds_of(const Ring& points) {
  edge::Box box{points[0][0], points[0][1], points[0][0], points[0][1]};
  for (const auto& [x, y] : points)
    box = {std::min(box.x0, x), std::min(box.y0, y), std::max(box.x1, x), std::max(box.y1, y)};
  return box;
}

inline edge::Box around(const edge::Box& a, const edge::Box& b) {
  return {std::min(a.x0, b.x0), std::min(a.y0, b.y0), std::max(a.x1, b.x1), std::max(a.y1, b.y1)};
}

// Of at least one polygon.
inline edge::Box bounds_of_all(const Polygons& polygons) {
  edge::Box box = bounds_of(polygons[0]);
  for (const Ring& polygon : polygons) box = around(box, bounds_of(polygon));
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
