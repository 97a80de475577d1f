#pragma once
// Boxes of a run on its training images, as labels for another: each with the evidence that it is
// one, from checks that do not depend on each other.

#include "judge/predict.h"
#include "judge/pseudo_box_options.h"

namespace paucal::judge {

// Each 0 … 1.
struct Evidence {
  double score = 0;     // the network's own: mean heat of the region, or the detector's score
  double mirrored = 0;  // largest IoU with a box of the mirrored images, mean over the three
  double scaled = 0;    // the same with a smaller and a larger copy of the image
  // The highest activation of the network's coarse stages within the box, as a share of their
  // highest anywhere (weak/map/cam.h, multilayer): what the map shows finely, they must see, too.
  double layers = 0;
  // How much of the image's probability comes back when this box alone is left of all: the others
  // are filled with their surroundings.
  double deletion = 0;

  double combined() const;  // geometric mean: what fails one check is no box
};

// The boxes of one image that is labelled NG (or of class `label`), best first, each with its
// evidence. Sides are the mean over the image and those of its mirrored copies that show the same
// box, whether or not the model itself looks at mirrored images. `fitted` as from the cache.
struct PseudoBox {
  edge::ScoredBox found;
  Evidence evidence;
};
std::vector<PseudoBox> pseudo_boxes(const TrainedModel& model, const edge::Fitted& fitted,
                                    int label, const PseudoBoxOptions& options);

}  // namespace paucal::judge
