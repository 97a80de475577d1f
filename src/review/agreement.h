#pragma once
// Whether two readings of one image say the same.

#include "review/decision.h"

namespace paucal::review {

// Verdict and class are equal, and the objects that stand match one to one: same kind, same class,
// boxes with IoU ≥ .5, other kinds with equal geometry.
bool agree(const Decision& a, const Decision& b);

}  // namespace paucal::review
