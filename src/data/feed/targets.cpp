#include "data/feed/targets.h"

#include <algorithm>

#include "edge/post/boxes.h"

namespace paucal::data {
namespace {

constexpr float kLeastShown = 0.25f;
constexpr double kLeastArea = 2;  // pixels: less is what a mask's border leaves, and no defect

edge::Box cut(const edge::Box& box, int width, int height) {
  const auto w = static_cast<float>(width), h = static_cast<float>(height);
  return {std::clamp(box.x0, 0.f, w), std::clamp(box.y0, 0.f, h), std::clamp(box.x1, 0.f, w),
          std::clamp(box.y1, 0.f, h)};
}

}  // namespace

int BoxClasses::of(const std::string& class_name) const {
  if (any_defect) return 0;
  const auto found = std::ranges::find(classes, class_name);
  return found == classes.end() ? -1 : static_cast<int>(found - classes.begin());
}

std::vector<Target> targets_in_view(const Record& record, const BoxClasses& classes,
                                    const edge::Geometry& fitted, const edge::Geometry& view) {
  std::vector<Target> targets;
  for (const labels::Instance& instance : record.given) {
    const int label = classes.of(instance.class_name);
    if (label < 0) continue;
    const edge::Box box = view.to_network(fitted.to_network(instance.box));
    if (is_point(instance)) {
      if (box.x0 >= 0 && box.y0 >= 0 && box.x0 < static_cast<float>(view.width()) &&
          box.y0 < static_cast<float>(view.height()))
        targets.push_back({box, label, instance.weight});
      continue;
    }
    const edge::Box shown = cut(box, view.width(), view.height());
    if (shown.area() > 0 && shown.area() >= kLeastShown * box.area())
      targets.push_back({shown, label, instance.weight});
  }
  return targets;
}

std::vector<Target> targets_of_mask(const std::vector<uint8_t>& mask, int width, int height) {
  edge::Map map(width, height);
  std::ranges::copy(mask, map.values.begin());
  std::vector<Target> targets;
  for (const auto& component : edge::find_components(map, .5f, .5f))
    if (component.area >= kLeastArea) targets.push_back({component.box, 0, 1});
  return targets;
}

}  // namespace paucal::data
