#pragma once
// Multiple-instance learning on the class map: an NG image has a defect somewhere, an OK image has
// none anywhere, and a pasted defect is where it was pasted. Given boxes say where objects end.

#include <memory>
#include <vector>

#include "base/options.h"
#include "train/method.h"

namespace paucal::weak {

// Channel 0 of the class map: any defect. Channels 1 … : the defect classes, where there are
// several.
inline constexpr int64_t kAnyDefect = 0;

struct MilOptions {
  double top = 0.003;
  double top_start = 0.1;
  double anneal = 0.6;
  double image_weight = 1;
  double class_weight = 0.3;
  double pixel_weight = 1;
  double negative_weight = 5;
  double dice_weight = 0.5;
  double box_weight = 1;
  double edge_weight = 0;
  double focal_gamma = 2;

  template <class V>
  void visit(V& v) {
    v(top, "top", "an image scores as the mean of this share of its map", Range{1e-6, 1});
    v(top_start, "top_start", "the share at the start, when the map knows nothing yet",
      Range{1e-6, 1});
    v(anneal, "anneal", "share of the run over which top_start becomes top", Range{0, 1});
    v(image_weight, "image_weight", "weight of the loss on image labels", Range{0, 1000});
    v(class_weight, "class_weight", "weight of the loss on defect classes, where there are several",
      Range{0, 1000});
    v(pixel_weight, "pixel_weight", "weight of the loss on pasted defects and OK pixels",
      Range{0, 1000});
    v(negative_weight, "negative_weight", "weight of pixels without defect in it", Range{0, 1000});
    v(dice_weight, "dice_weight", "weight of the overlap with pasted defects in it",
      Range{0, 1000});
    v(box_weight, "box_weight",
      "weight of the loss on boxes (data.boxes): the map reaches all their sides, and nothing "
      "outside",
      Range{0, 1000});
    v(edge_weight, "edge_weight",
      "weight of the places just outside of pasted defects and of given boxes, which among all "
      "places without defect would hardly count: a fine map (model.upscale) ends where they end",
      Range{0, 1000});
    v(focal_gamma, "focal_gamma", "how far easy pixels are ignored (Lin et al., focal loss)",
      Range{0, 10});
  }
};

// `defect_channel[label]`: channel of that class, or -1 where the class means OK. `upscale`: places
// of the map a cell, each way; an image scores by its cells, each of which counts as its largest
// place, so that the share of the map that counts does not depend on how fine it is.
std::shared_ptr<train::MapMethod> make_mil(const MilOptions& options,
                                           std::vector<int64_t> defect_channel, int upscale = 1);

// The share of the map that counts at a step; falls geometrically.
double top_share_at(int64_t step, int64_t total_steps, const MilOptions& options);

}  // namespace paucal::weak
