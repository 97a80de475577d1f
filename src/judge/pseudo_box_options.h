#pragma once
// How boxes of a run become labels for another. Free of torch.

#include "base/options.h"

namespace paucal::judge {

struct PseudoBoxOptions {
  double floor = 0.3;
  double margin = 0.25;
  int most = 20;
  double accept = 0;

  template <class V>
  void visit(V& v) {
    v(floor, "floor",
      "on NG images without a box the threshold is lowered as far as this share of itself",
      Range{0, 1});
    v(margin, "margin", "what surrounds a box and fills it in the deletion test, in its sides",
      Range{0.05, 2});
    v(most, "most", "boxes of an image, the best ones", Range{1, 1000});
    v(accept, "accept",
      "boxes pass unseen, and teach as if people had drawn them, where at least this share of "
      "boxes "
      "with so much evidence is right, by those of data.calibrate and with 95 % confidence; 0: "
      "none",
      Range{0, 1});
  }
};

}  // namespace paucal::judge
