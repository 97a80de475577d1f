#pragma once
// Two kinds of evidence in one map: how much each counts.

#include "pipeline/tasks.h"

namespace paucal::models {
class Memory;
}

namespace paucal::pipeline {

// Sets the mix of a memory with a head: distances in the unit of logits (by their spread over OK
// images of the validation split, each forgotten before it is looked at), times the weight of
// {1/4 … 4} that ranks the validation images best; 1 where they tell nothing.
void mix_evidence(const Training& training, const std::shared_ptr<models::Memory>& network);

}  // namespace paucal::pipeline
