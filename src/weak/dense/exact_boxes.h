#pragma once
// Whether a run has boxes whose sides are exact: drawn or pasted ones. If so, they alone teach
// sides, besides what guesses of another run tell: a head that learns from its own boxes soon finds
// a small sure part in place of the object, and is never contradicted.

#include <ATen/ops/zeros.h>

#include "train/method.h"

namespace paucal::weak {

class ExactBoxes {
 public:
  void look_at(const train::TensorBatch& batch);
  bool seen() const;
  train::TensorMap state() const { return {{"drawn", count_}}; }
  void load_state(const train::TensorMap& state);

 private:
  at::Tensor count_ = at::zeros({}, at::kLong);  // boxes so far
};

}  // namespace paucal::weak
