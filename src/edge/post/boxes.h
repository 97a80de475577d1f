#pragma once
// Heat map → boxes. Hysteresis (Canny, 1986): a component is grown over 8-connected pixels ≥ low
// and kept if one of them is ≥ high, so that a faint defect with one sure point comes out whole.
//
// How far the edges are off where the map is perfect (the share of each cell that the box covers),
// upsampled bilinearly, with high = low = half its peak; in pixels, for boxes of 8 / 32 / 128:
//   stride  4:  0   / 0   / 0
//   stride  8:  1.4 / 0.5 / 0.5
//   stride 16:  5.5 / 0.7 / 0.7
//   stride 32: 13   / 6.2 / 1.9

#include <vector>

#include "base/options.h"
#include "edge/image/image.h"
#include "edge/pre/geometry.h"

namespace paucal::edge {

struct BoxOptions {
  double high = 0.5;
  double low = 0.5;
  double join = 0;
  double min_area = 4;
  int max_boxes = 100;

  template <class V>
  void visit(V& v) {
    v(high, "high", "a defect has a map value of at least this somewhere");
    v(low, "low", "and reaches as far as the map is at least this");
    v(join, "join",
      "components with at most so many map pixels between them, each way, are one defect",
      Range{0, 1e6});
    v(min_area, "min_area", "smaller components are dropped, in pixels of the original image",
      Range{0, 1e9});
    v(max_boxes, "max_boxes", "the best so many boxes of an image are kept", Range{0, 1e6});
  }
};

struct Component {
  Box box;          // half-open, map pixels
  double area = 0;  // map pixels
  double mean = 0;  // of the map over the component
  double peak = 0;
  int peak_x = 0;  // where the peak is; the first in reading order of several
  int peak_y = 0;
};

// Highest peak first; equal peaks in reading order. NaN belongs to no component. Where low > high,
// low = high.
std::vector<Component> find_components(const Map& map, float high, float low);

// `map_to_original`: a Geometry whose network pixels are the map's: of the network input for an
// upsampled map, with .resized(map.width, map.height) for one at stride. Boxes in pixels of the
// original image, clipped to it, best score first; score = probability · mean(component).
std::vector<ScoredBox> boxes_from_map(const Map& map, const Geometry& map_to_original,
                                      const BoxOptions& options, float probability);

}  // namespace paucal::edge
