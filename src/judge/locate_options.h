#pragma once
// How maps become decisions and boxes.

#include <string>

#include "base/options.h"
#include "weak/map/cam.h"

namespace paucal::judge {

struct LocateOptions {
  std::string map = "cam";
  bool flips = false;
  std::string limit = "escape";
  double limit_share = 0.05;
  int calibration_boxes = 0;
  double box_heat = 0;
  double min_area = 4;
  int max_boxes = 100;

  template <class V>
  void visit(V& v) {
    v(map, "map", "how heat maps are made", OneOf{weak::cam_names()});
    v(flips, "flips", "average over the four mirrored images: steadier, four times the work");
    v(limit, "limit",
      "what the threshold must keep: NG images called OK (escape), or OK images called NG "
      "(overkill); accuracy: neither",
      OneOf{{"escape", "overkill", "accuracy"}});
    v(limit_share, "limit_share", "the share that you can bear, on the validation images",
      Range{0, 1});
    v(calibration_boxes, "calibration_boxes",
      "boxed validation images that may set the map's threshold; 0: image labels alone",
      Range{0, 1e6});
    v(box_heat, "box_heat", "heat from which on a place is a defect; 0: calibrated", Range{0, 100});
    v(min_area, "min_area", "smaller defects are dropped, in pixels of the original image",
      Range{0, 1e9});
    v(max_boxes, "max_boxes", "the best so many boxes of an image are kept", Range{0, 1e6});
  }
};

}  // namespace paucal::judge
