#pragma once
// The threshold of a model that knows OK images alone.

#include "judge/known_images.h"

namespace paucal::judge {

// Sets card.calibration's probabilities, threshold and promise from the OK images among `held`,
// whose scores must be those of images that the model has not seen: conformal, see
// quality/conformal.h. The probability of NG is .5 at the threshold and .01 at the median OK image.
// Throws Error where there is no OK image.
void decide_by_ok(edge::ModelCard& card, const HeldOut& held, double alpha);

// "With 40 OK images false alarms can be held to 2.4 %, not to 1 %: that takes 99."
std::string promise_sentence(const edge::Promise& promise);

}  // namespace paucal::judge
