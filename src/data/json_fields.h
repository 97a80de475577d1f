#pragma once
// Looking into JSON that strangers wrote: every answer may be "not there, or of another type".

#include <cmath>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "data/record.h"

namespace paucal::data {

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

// A whole file, or why not, with line and column.
inline Result<Json> parse_json_file(const std::filesystem::path& path, uint64_t limit) {
  Result<Bytes> data = read_file(path, limit);
  if (!data.ok()) return data.failure();
  try {
    return Json::parse(data->begin(), data->end());
  } catch (const Json::exception& error) {
    return failure("json", "'{}': not valid JSON: {}", path.string(), error.what());
  }
}

}  // namespace paucal::data
