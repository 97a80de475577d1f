#include "judge/truth_boxes.h"

#include "data/set/truth_mask.h"
#include "edge/post/boxes.h"

namespace paucal::judge {

edge::Region TruthBoxes::region(int record) const {
  const data::Record& image = dataset_.at(record);
  return edge::region_of(image.width, image.height, input_);
}

std::optional<edge::Image> TruthBoxes::mask(int record) const {
  const data::Record& image = dataset_.at(record);
  auto mask =
      data::truth_mask(dataset_.root, truth_.of(image), image.width, image.height, max_pixels_);
  const edge::Region counted = region(record);
  if (!mask || counted.whole) return mask;
  for (int y = 0; y < mask->height; ++y)
    for (int x = 0; x < mask->width; ++x)
      if (!counted.counts(x, y)) mask->at(x, y) = 0;
  return mask;
}

std::vector<edge::Box> TruthBoxes::boxes(int record) const {
  return boxes(record, of(record).objects.empty() ? mask(record) : std::nullopt);
}

std::vector<edge::Box> TruthBoxes::boxes(int record, const std::optional<edge::Image>& mask) const {
  std::vector<edge::Box> boxes;
  const edge::Region counted = region(record);
  for (const auto& object : of(record).objects)
    if (edge::Box box = object.box; edge::keep_counted(counted, box)) boxes.push_back(box);
  if (!of(record).objects.empty() || !mask) return boxes;
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
