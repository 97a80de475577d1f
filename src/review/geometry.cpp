#include "review/geometry.h"

#include <cmath>

#include "base/json_text.h"

namespace paucal::review {
namespace {

constexpr double kMaxCoordinate = 1e7;      // pixels
constexpr size_t kMaxNumbers = 20'000;      // of all rings
constexpr size_t kMaxTextBytes = 64 << 10;  // of a geometry as it is stored

bool is_coordinate(const Json& json) {
  return json.is_number() && std::abs(json.get<double>()) <= kMaxCoordinate;
}

bool are_coordinates(const Json& json, size_t least) {
  if (!json.is_array() || json.size() < least || json.size() > kMaxNumbers) return false;
  for (const Json& number : json)
    if (!is_coordinate(number)) return false;
  return true;
}

bool is_box(const Json& json) {
  return are_coordinates(json, 4) && json.size() == 4 && json[2].get<double>() > 0 &&
         json[3].get<double>() > 0;
}

bool is_point_geometry(const Json& json) {
  return are_coordinates(json, 2) && json.size() == 2;
}

bool is_polygon(const Json& json) {
  if (!json.is_array() || json.empty() || json.size() > 1000) return false;
  for (const Json& ring : json)
    if (!are_coordinates(ring, 6) || ring.size() % 2 != 0) return false;
  return true;
}

bool is_side(const Json& json) {
  return json.is_number_integer() && json.get<double>() >= 1 && json.get<double>() <= 1e6;
}

bool is_mask(const Json& json) {
  return json.is_object() && json.contains("size") && json.contains("counts") &&
         json["size"].is_array() && json["size"].size() == 2 && is_side(json["size"][0]) &&
         is_side(json["size"][1]) && (json["counts"].is_string() || json["counts"].is_array());
}

bool is_span(const Json& json) {
  if (!json.is_object()) return false;
  for (const char* key : {"start", "end"})
    if (!json.contains(key) || !json[key].is_number_unsigned()) return false;
  return json["start"].get<uint64_t>() < json["end"].get<uint64_t>() && json.contains("text") &&
         json["text"].is_string();
}

struct GeometryKind {
  std::string_view name;
  bool (*fits)(const Json& json);
  const char* expected;
};
constexpr GeometryKind kGeometryKinds[] = {
    {"box", is_box, "[x, y, width, height] with sides above 0"},
    {"point", is_point_geometry, "[x, y]"},
    {"polygon", is_polygon, "[[x, y, …], …] of at least 3 corners each"},
    {"mask", is_mask, "{\"size\": [height, width], \"counts\": …}"},
    {"span", is_span, "{\"start\", \"end\", \"text\"}, half-open"}};

}  // namespace

std::variant<std::string, Refusal> checked_geometry(const std::string& kind, const Json& geometry) {
  for (const GeometryKind& row : kGeometryKinds) {
    if (row.name != kind) continue;
    std::string text = dump_json(geometry);
    if (text.size() > kMaxTextBytes)
      return refusal(400, "bad", "[geometry] {} bytes, expected at most {}", text.size(),
                     kMaxTextBytes);
    if (!row.fits(geometry))
      return refusal(400, "bad", "[geometry] {} {}, expected {}", kind, text.substr(0, 200),
                     row.expected);
    return text;
  }
  return refusal(400, "bad", "[geometry] kind '{}', expected box, point, polygon, mask or span",
                 kind.substr(0, 40));
}

}  // namespace paucal::review
