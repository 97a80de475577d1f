#pragma once
// Boxes of a run on its training images, as labels for another: each with the evidence that it is
// one, from checks that do not depend on each other.

#include "judge/pseudo_box_options.h"
#include "judge/raw_source.h"
#include "judge/trained_model.h"

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

struct PseudoBox {
  edge::ScoredBox found;
  Evidence evidence;
};

// How the network looks at changed copies of an image, which are no records.
struct PseudoLooks {
  RawOfImage alone;   // as it is, without a mean over mirrored images: that cannot disagree
  RawOfImage coarse;  // its maps are those of the coarse stages (multilayer)
};
// `model` must outlive them.
PseudoLooks looks_of(const TrainedModel& model);

// The boxes of one image that is labelled NG (or of class `label`), best first, each with its
// evidence. Sides are the mean over the image and those of its mirrored copies that show the same
// box, whether or not the model itself looks at mirrored images. `fitted` as from the cache;
// `first`: what looks.alone says of it.
std::vector<PseudoBox> pseudo_boxes(const edge::ModelCard& card, const edge::Fitted& fitted,
                                    const RawPrediction& first, const PseudoLooks& looks, int label,
                                    const PseudoBoxOptions& options);

}  // namespace paucal::judge
