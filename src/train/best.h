#pragma once
// Which weights of a run are the best so far, by the validation's first metric.

#include <cstdint>

#include "base/json.h"

namespace paucal::train {

struct Best {
  int64_t step = -1;  // -1: no validation had a defined metric yet
  double score = 0;   // higher is better; of no meaning while step is -1

  bool exists() const { return step >= 0; }
  // True where `score` of `at_step` is better than all before, and is the best from now on. A score
  // that is not finite (AUROC of a split with one class) never is: nothing can be compared with it.
  bool offer(double score_at_step, int64_t at_step);
};

// Keys "best_step" and "best_score", the latter null where there is none. Throws Json::exception
// where one is missing or of another type.
Json to_json(const Best& best);
Best best_from_json(const Json& json);

}  // namespace paucal::train
