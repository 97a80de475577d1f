#pragma once
// Whether two readings of one image say the same.

#include "review/decision.h"

namespace paucal::review {

// Verdict and class are equal, and the objects that stand match one to one. They match where their
// classes are equal and the boxes around them have IoU ≥ .5, whatever their kinds (one person draws
// a box, another an outline); two points, where they are at most 16 pixels apart; a point and an
// area, where it lies in the box around that. Spans match where they are equal.
bool agree(const Decision& a, const Decision& b);

}  // namespace paucal::review
