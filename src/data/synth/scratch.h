#pragma once
// Scratches: thin strokes, straight or bent, fading or broken.

#include "base/random.h"
#include "data/synth/defects.h"

namespace paucal::data {

// `contrast` in grey levels, at the stroke's strongest; (cx, cy) its middle, in pixels.
Defect draw_scratch(const Sheet& sheet, double cx, double cy, double contrast, Random& random);

}  // namespace paucal::data
