#include "train/survey.h"

namespace paucal::train {
namespace {

// Of the k-th look, k = 1 … count.
int64_t step_of_look(const Survey& survey, int64_t k, int64_t total) {
  return k * total / (survey.count + 1);
}

}  // namespace

bool is_look(const Survey& survey, int64_t step, int64_t total) {
  if (step == 0) return false;
  for (int64_t k = 1; k <= survey.count; ++k)
    if (step_of_look(survey, k, total) == step) return true;
  return false;
}

int64_t next_look(const Survey& survey, int64_t step, int64_t total) {
  for (int64_t k = 1; k <= survey.count; ++k)
    if (step_of_look(survey, k, total) > step) return step_of_look(survey, k, total);
  return total;
}

}  // namespace paucal::train
