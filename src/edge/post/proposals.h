#pragma once
// Class map → boxes that may hold an object: deterministic, without anything learnt. Two sources:
// dense boxes of several sizes and ratios, ranked by how much higher the map is inside than in a
// ring around it (integral image), and the components of the map at several thresholds.

#include <vector>

#include "base/options.h"
#include "edge/image/image.h"

namespace paucal::edge {

struct ProposalOptions {
  int count = 128;
  double min_side = 4;

  template <class V>
  void visit(V& v) {
    v(count, "count", "boxes an image", Range{1, 10000});
    v(min_side, "min_side", "smallest side, in network pixels", Range{1, 1e4});
  }
};

// `map`: logits of one class or the largest of several, one cell each `stride` network pixels.
// Exactly options.count boxes in network pixels within map.width · stride × map.height · stride,
// the most promising first; of a flat map, and where too few differ, larger windows in a grid.
// Scale-free: the order does not change when the logits are shifted or stretched.
std::vector<Box> propose_boxes(const Map& map, int stride, const ProposalOptions& options);

}  // namespace paucal::edge
