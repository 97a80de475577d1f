#pragma once
// What the outputs of a detector mean, where boxes come from a head and not from the heat map.

#include <vector>

#include "base/json.h"
#include "edge/post/detect.h"

namespace paucal::edge {

struct DetectorCard {
  int classes = 1;  // of boxes; inspection: 1, any defect
  // Of the levels of a dense head, finest first, in network pixels; none: a region head.
  std::vector<int> strides;
  AnchorOptions anchors;
  NmsOptions nms;
  double score = 0.5;  // boxes from this probability on are shown; calibrated

  bool weighs_regions() const { return strides.empty(); }
};

Json to_json(const DetectorCard& card);
// Hostile input: throws Json::exception or Error, which card_from_json() makes a Failure of.
DetectorCard detector_from_json(const Json& json);

}  // namespace paucal::edge
