#include "judge/truth_boxes.h"

#include "data/set/truth_mask.h"
#include "edge/post/boxes.h"

namespace paucal::judge {

std::optional<edge::Image> TruthBoxes::mask(int record) const {
  const auto& geometry = cache_.get(record)->geometry;
  return data::truth_mask(dataset_.root, of(record), geometry.original_width(),
                          geometry.original_height(), max_pixels_);
}

std::vector<edge::Box> TruthBoxes::boxes(int record) const {
  std::vector<edge::Box> boxes;
  for (const auto& object : of(record).objects) boxes.push_back(object.box);
  if (!boxes.empty()) return boxes;
  const auto regions = mask(record);
  if (!regions) return boxes;
  edge::Map map(regions->width, regions->height);
  std::ranges::copy(regions->pixels, map.values.begin());
  for (const auto& component : edge::find_components(map, 128, 128))
    if (component.area >= min_area_) boxes.push_back(component.box);
  return boxes;
}

std::optional<std::pair<double, double>> TruthBoxes::mean_size(
    const std::vector<int>& records) const {
  double width = 0, height = 0;
  int count = 0;
  for (const int record : records)
    for (const edge::Box& box : boxes(record)) {
      const auto& geometry = cache_.get(record)->geometry;
      width += box.width() / geometry.original_width();
      height += box.height() / geometry.original_height();
      ++count;
    }
  if (count == 0) return std::nullopt;
  return std::pair(width / count, height / count);
}

}  // namespace paucal::judge
