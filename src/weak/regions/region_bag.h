#pragma once
// The regions of one image of a step, and what is known of it.

#include <vector>

#include "weak/dense/box_method.h"

namespace paucal::weak {

struct RegionBag {
  at::Tensor boxes;    // [R, 4] the proposed regions, then boxes that are given or on the map
  int64_t first = 0;   // row of its first region among those of the step
  at::Tensor present;  // [K] 1 where the image shows the class
  data::Supervision supervision = data::Supervision::kTag;
  std::vector<data::Target> objects;  // boxes, guesses or points that are given
  std::vector<data::Target> on_map;   // boxes that the class map shows, where none are given

  models::RegionOutput own(const models::RegionOutput& of_step) const;
  // Boxes or guesses are given, or it is certain that there are none.
  bool holds_boxes() const {
    return known() || (supervision == data::Supervision::kTag && !objects.empty());
  }
  // Each region's label is certain.
  bool known() const {
    return supervision == data::Supervision::kNothing || supervision == data::Supervision::kBoxes;
  }
};

std::vector<RegionBag> make_bags(const BoxStep& step, const BoxSetting& setting);

// All their regions [R, 5] (image, x0, y0, x1, y1), as models::Detector::regions() takes them.
at::Tensor rois_of(const std::vector<RegionBag>& bags);

}  // namespace paucal::weak
