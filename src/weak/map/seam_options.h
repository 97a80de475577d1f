#pragma once
// Free of torch.

#include "base/options.h"

namespace paucal::weak {

struct SeamOptions {
  double weight = 0;
  double scale = 0.3;
  double top = 0.2;
  int width = 192;
  int cells = 32;

  bool on() const { return weight > 0; }
  template <class V>
  void visit(V& v) {
    v(weight, "weight",
      "weight of what makes class maps the same at two scales and fit the picture (SEAM, Wang et "
      "al., CVPR 2020); 0: left out",
      Range{0, 1000});
    v(scale, "scale", "the second view's size, as a share of the first", Range{0.1, 0.9});
    v(top, "top", "share of the places that count in the cross term, those that differ most",
      Range{0.01, 1});
    v(width, "width", "channels in which places are compared, with the colours", Range{4, 1024});
    v(cells, "cells",
      "maps are compared at no more cells than this a side: memory grows with its fourth power",
      Range{4, 128});
  }
};

}  // namespace paucal::weak
