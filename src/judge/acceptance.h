#pragma once
// Which pseudo boxes may pass unseen: those with so much evidence that of boxes like them, on
// images whose boxes are known, enough were right.

#include <cstdint>
#include <limits>
#include <vector>

#include "base/json.h"

namespace paucal::judge {

// A pseudo box on an image whose boxes are known.
struct JudgedBox {
  double evidence = 0;
  bool right = false;
  int image = 0;  // boxes of one image are not independent
};

struct Acceptance {
  double precision = 0;  // asked for
  // From which evidence on a box passes; infinity: none does.
  double evidence = std::numeric_limits<double>::infinity();
  int64_t judged = 0, right = 0;  // boxes of the sample with at least that, and the right ones
  int64_t images = 0;             // that those boxes lie on
  // At least so many are right, with 95 % confidence (one-sided): Clopper and Pearson (1934), with
  // images as the unit.
  double at_least = 0;

  Json to_json() const;
};

// The loosest of ten cut-offs that keeps `precision` with 95 % confidence. The cut-offs are fixed
// beforehand, by evidence alone: even steps from the fewest images that could keep the promise to
// all. They are tested from strict to loose,
// and the first that fails ends the search, so that ten looks promise no more than one
// (fixed-sequence testing; Angelopoulos et al., "Learn then Test", 2021). Boxes of equal evidence
// stay together. Not promised: boxes of another distribution than the judged ones.
Acceptance choose_acceptance(std::vector<JudgedBox> boxes, double precision);

}  // namespace paucal::judge
