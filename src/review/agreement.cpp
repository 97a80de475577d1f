#include "review/agreement.h"

#include <cmath>

#include "base/json_text.h"
#include "edge/image/image.h"

namespace paucal::review {
namespace {

constexpr float kSameIou = .5f;
constexpr float kSamePoint = 16;  // pixels

// Around the object; a point's has no area. Nothing of a span.
std::optional<edge::Box> box_around(const Item& item) {
  const auto json = parse_json(item.geometry, "geometry");
  const auto bounds = json.ok() ? bounds_of(item.kind, *json) : std::nullopt;
  if (!bounds) return std::nullopt;
  const auto [x, y, width, height] = *bounds;
  return edge::Box{static_cast<float>(x), static_cast<float>(y), static_cast<float>(x + width),
                   static_cast<float>(y + height)};
}

bool match(const Item& a, const Item& b) {
  if (a.class_id != b.class_id) return false;
  if (a.kind == b.kind && a.geometry == b.geometry) return true;
  const auto left = box_around(a), right = box_around(b);
  if (!left || !right) return false;
  const bool points = a.kind == "point" && b.kind == "point";
  if (points) return std::hypot(left->x0 - right->x0, left->y0 - right->y0) <= kSamePoint;
  if (a.kind != "point" && b.kind != "point") return edge::iou(*left, *right) >= kSameIou;
  const edge::Box &point = a.kind == "point" ? *left : *right,
                  &area = a.kind == "point" ? *right : *left;
  return point.x0 >= area.x0 && point.x0 <= area.x1 && point.y0 >= area.y0 && point.y0 <= area.y1;
}

std::vector<const Item*> standing(const Decision& decision) {
  std::vector<const Item*> items;
  for (const auto& [id, item] : decision.items)
    if (item.stands()) items.push_back(&item);
  return items;
}

}  // namespace

bool agree(const Decision& a, const Decision& b) {
  if (a.verdict != b.verdict || a.class_id != b.class_id) return false;
  const auto left = standing(a);
  auto right = standing(b);
  if (left.size() != right.size()) return false;
  for (const Item* item : left) {
    size_t found = 0;
    while (found < right.size() && !match(*item, *right[found])) ++found;
    if (found == right.size()) return false;
    right.erase(right.begin() + static_cast<std::ptrdiff_t>(found));
  }
  return true;
}

}  // namespace paucal::review
