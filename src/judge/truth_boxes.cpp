#include "judge/truth_boxes.h"

#include "data/set/truth_mask.h"
#include "edge/post/boxes.h"

namespace paucal::judge {

std::optional<edge::Image> TruthBoxes::mask(int record) const {
  const data::Record& image = dataset_.at(record);
  return data::truth_mask(dataset_.root, truth_.of(image), image.width, image.height, max_pixels_);
}

std::vector<edge::Box> TruthBoxes::boxes(int record) const {
  return boxes(record, of(record).objects.empty() ? mask(record) : std::nullopt);
}

std::vector<edge::Box> TruthBoxes::boxes(int record, const std::optional<edge::Image>& mask) const {
  std::vector<edge::Box> boxes;
  for (const auto& object : of(record).objects) boxes.push_back(object.box);
  if (!boxes.empty() || !mask) return boxes;
  edge::Map map(mask->width, mask->height);
  std::ranges::copy(mask->pixels, map.values.begin());
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
      const data::Record& image = dataset_.at(record);
      width += box.width() / static_cast<float>(image.width);
      height += box.height() / static_cast<float>(image.height);
      ++count;
    }
  if (count == 0) return std::nullopt;
  return std::pair(width / count, height / count);
}

}  // namespace paucal::judge
