#include "review/agreement.h"

#include "base/json_text.h"
#include "edge/image/image.h"

namespace paucal::review {
namespace {

constexpr float kSameIou = .5f;

edge::Box box_of_text(const std::string& geometry) {
  const auto json = parse_json(geometry, "geometry");
  if (!json.ok() || !json->is_array() || json->size() != 4) return {};
  const auto at = [&](size_t i) { return (*json)[i].get<double>(); };
  return {static_cast<float>(at(0)), static_cast<float>(at(1)), static_cast<float>(at(0) + at(2)),
          static_cast<float>(at(1) + at(3))};
}

bool match(const Item& a, const Item& b) {
  if (a.kind != b.kind || a.class_id != b.class_id) return false;
  if (a.geometry == b.geometry) return true;
  return a.kind == "box" && edge::iou(box_of_text(a.geometry), box_of_text(b.geometry)) >= kSameIou;
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
