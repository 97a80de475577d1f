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
};

struct Acceptance {
  double precision = 0;  // asked for
  // From which evidence on a box passes; infinity: none does.
  double evidence = std::numeric_limits<double>::infinity();
  int64_t judged = 0, right = 0;  // boxes of the sample with at least that, and the right ones
  // At least so many are right, with 95 % confidence (one-sided, Clopper and Pearson, 1934).
  double at_least = 0;

  Json to_json() const;
};

// The least evidence whose boxes keep `precision` with that confidence; boxes of equal evidence
// stay together.
Acceptance choose_acceptance(std::vector<JudgedBox> boxes, double precision);

}  // namespace paucal::judge
