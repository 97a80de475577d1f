#pragma once
// The rule by which boxes are made, from the images that known_images.h offers; card.calibration
// says how it was chosen.

#include "judge/calibrate.h"
#include "judge/known_images.h"

namespace paucal::judge {

// Sets card.detector->score, or box_heat, box_peak, box_join and box_shrink; and box_rule. The
// card's probabilities, threshold and scale of heat must stand.
void choose_boxes(edge::ModelCard& card, const HeldOut& held, const data::Truth& truth,
                  const RawOfImage& look, const CalibrateSettings& settings);

}  // namespace paucal::judge
