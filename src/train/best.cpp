#include "train/best.h"

#include <cmath>

namespace paucal::train {

bool Best::offer(double score_at_step, int64_t at_step) {
  if (!std::isfinite(score_at_step) || (exists() && !(score_at_step > score))) return false;
  score = score_at_step;
  step = at_step;
  return true;
}

Json to_json(const Best& best) {
  return {{"best_step", best.step}, {"best_score", best.exists() ? Json(best.score) : Json()}};
}

Best best_from_json(const Json& json) {
  const Json& score = json.at("best_score");
  // Null with a step: written by a version that took NaN for a score. No weights were the best.
  if (score.is_null()) return {};
  return {.step = json.at("best_step"), .score = score};
}

}  // namespace paucal::train
