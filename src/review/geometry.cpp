#include "review/geometry.h"

#include <algorithm>
#include <cmath>

#include "base/json_text.h"
#include "base/text.h"
#include "labels/stored_mask.h"

namespace paucal::review {
namespace {

constexpr double kMaxCoordinate = 1e7;       // pixels
constexpr size_t kMaxRings = 1000;           // of a polygon
constexpr size_t kMaxNumbers = 20'000;       // of all rings
constexpr size_t kMaxTextBytes = 256 << 10;  // of a geometry as it is stored
constexpr size_t kMaxShownBytes = 200;       // of it in a message

// What is wrong; empty: nothing.
using Wrong = std::string;

bool is_coordinate(const Json& json) {
  return json.is_number() && std::abs(json.get<double>()) <= kMaxCoordinate;
}

bool are_coordinates(const Json& json) {
  return json.is_array() && json.size() <= kMaxNumbers && std::ranges::all_of(json, is_coordinate);
}

Wrong wrong_of_box(const Json& json, const ImageSize&) {
  if (are_coordinates(json) && json.size() == 4 && json[2].get<double>() > 0 &&
      json[3].get<double>() > 0)
    return {};
  return "expected [x, y, width, height] with sides above 0";
}

// Of two numbers.
bool lies_inside(const Json& x, const Json& y, const ImageSize& size) {
  const double left = x.get<double>(), top = y.get<double>();
  return !size.known() || (left >= 0 && top >= 0 && left <= static_cast<double>(size.width) &&
                           top <= static_cast<double>(size.height));
}

Wrong wrong_of_point(const Json& json, const ImageSize& size) {
  if (!are_coordinates(json) || json.size() != 2) return "expected [x, y]";
  if (lies_inside(json[0], json[1], size)) return {};
  return fmt::format("expected a place on the image of {} × {}", size.width, size.height);
}

Wrong wrong_of_ring(const Json& ring, const ImageSize& size) {
  if (!are_coordinates(ring) || ring.size() < 6 || ring.size() % 2 != 0)
    return "expected [x, y, …] of at least 3 corners";
  double least[2] = {kMaxCoordinate, kMaxCoordinate}, most[2] = {-kMaxCoordinate, -kMaxCoordinate};
  for (size_t i = 0; i < ring.size(); ++i) {
    const double value = ring[i].get<double>();
    least[i % 2] = std::min(least[i % 2], value);
    most[i % 2] = std::max(most[i % 2], value);
    if (i % 2 == 1 && !lies_inside(ring[i - 1], ring[i], size))
      return fmt::format("corner {} is [{}, {}], expected a place on the image of {} × {}", i / 2,
                         ring[i - 1].get<double>(), value, size.width, size.height);
  }
  if (least[0] < most[0] && least[1] < most[1]) return {};
  return "expected corners around an area";
}

Wrong wrong_of_polygon(const Json& json, const ImageSize& size) {
  if (!json.is_array() || json.empty() || json.size() > kMaxRings)
    return fmt::format("expected [[x, y, …], …] of 1 to {} rings", kMaxRings);
  size_t numbers = 0;
  for (size_t i = 0; i < json.size(); ++i) {
    numbers += json[i].size();
    if (const Wrong wrong = wrong_of_ring(json[i], size); !wrong.empty())
      return fmt::format("ring {}: {}", i, wrong);
  }
  if (numbers <= kMaxNumbers) return {};
  return fmt::format("{} corners, expected at most {}", numbers / 2, kMaxNumbers / 2);
}

Wrong wrong_of_mask(const Json& json, const ImageSize& size) {
  const auto runs = labels::run_lengths(json);
  if (!runs.ok())
    return runs.failure().message + ", expected {\"size\": [height, width], \"counts\": …}";
  if (runs->bounds().area() <= 0) return "the mask is empty, expected a pixel of it at least";
  if (!size.known() || (runs->width == size.width && runs->height == size.height)) return {};
  return fmt::format("size [{}, {}], expected [{}, {}] as the image has it", runs->height,
                     runs->width, size.height, size.width);
}

Wrong wrong_of_span(const Json& json, const ImageSize&) {
  const char* expected = "expected {\"start\", \"end\", \"text\"}, half-open";
  if (!json.is_object()) return expected;
  for (const char* key : {"start", "end"})
    if (!json.contains(key) || !json[key].is_number_unsigned()) return expected;
  if (json["start"].get<uint64_t>() < json["end"].get<uint64_t>() && json.contains("text") &&
      json["text"].is_string())
    return {};
  return expected;
}

struct GeometryKind {
  std::string_view name;
  Wrong (*wrong)(const Json& json, const ImageSize& size);
};
constexpr GeometryKind kGeometryKinds[] = {{"box", wrong_of_box},
                                           {"point", wrong_of_point},
                                           {"polygon", wrong_of_polygon},
                                           {"mask", wrong_of_mask},
                                           {"span", wrong_of_span}};

std::array<double, 4> around_rings(const Json& rings) {
  double x0 = kMaxCoordinate, y0 = kMaxCoordinate, x1 = -kMaxCoordinate, y1 = -kMaxCoordinate;
  for (const Json& ring : rings)
    for (size_t i = 0; i + 1 < ring.size(); i += 2) {
      const double x = ring[i].get<double>(), y = ring[i + 1].get<double>();
      x0 = std::min(x0, x);
      x1 = std::max(x1, x);
      y0 = std::min(y0, y);
      y1 = std::max(y1, y);
    }
  return {x0, y0, x1 - x0, y1 - y0};
}

}  // namespace

std::variant<std::string, Refusal> checked_geometry(const std::string& kind, const Json& geometry,
                                                    const ImageSize& size) {
  for (const GeometryKind& row : kGeometryKinds) {
    if (row.name != kind) continue;
    std::string text = dump_json(geometry);
    if (text.size() > kMaxTextBytes)
      return refusal(400, "bad", "[geometry] {}: {} bytes, expected at most {}", kind, text.size(),
                     kMaxTextBytes);
    if (const Wrong wrong = row.wrong(geometry, size); !wrong.empty())
      return refusal(400, "bad", "[geometry] {} {}: {}", kind, cut_text(text, kMaxShownBytes),
                     wrong);
    return text;
  }
  return refusal(400, "bad", "[geometry] kind '{}', expected box, point, polygon, mask or span",
                 cut_text(kind, 40));
}

std::optional<std::array<double, 4>> bounds_of(const std::string& kind, const Json& geometry) {
  if (kind == "span" || std::holds_alternative<Refusal>(checked_geometry(kind, geometry)))
    return std::nullopt;
  if (kind == "polygon") return around_rings(geometry);
  if (kind == "mask") {
    const edge::Box box = labels::run_lengths(geometry)->bounds();
    return std::array<double, 4>{box.x0, box.y0, box.width(), box.height()};
  }
  const auto at = [&](size_t i) { return geometry[i].get<double>(); };
  if (kind == "point") return std::array<double, 4>{at(0), at(1), 0, 0};
  return std::array<double, 4>{at(0), at(1), at(2), at(3)};
}

}  // namespace paucal::review
