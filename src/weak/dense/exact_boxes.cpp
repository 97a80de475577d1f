#include "weak/dense/exact_boxes.h"

namespace paucal::weak {

void ExactBoxes::look_at(const train::TensorBatch& batch) {
  for (size_t i = 0; i < batch.supervision.size(); ++i)
    if (batch.supervision[i] == data::Supervision::kBoxes)
      count_ += static_cast<int64_t>(batch.targets[i].size());
}

bool ExactBoxes::seen() const {
  return count_.item<int64_t>() > 0;
}

void ExactBoxes::load_state(const train::TensorMap& state) {
  train::copy_state("boxes", state, {{"drawn", count_}});
}

}  // namespace paucal::weak
