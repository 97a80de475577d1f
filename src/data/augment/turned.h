#pragma once
// A part as it lies in another direction.

#include "edge/pre/preprocess.h"

namespace paucal::data {

// Turned counter-clockwise about its centre, on a canvas of the same size; what comes in from
// outside is the image mirrored at its borders. The geometry follows.
edge::Fitted turned(const edge::Fitted& fitted, double degrees);

}  // namespace paucal::data
