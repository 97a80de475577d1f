#pragma once
// A memory of OK images, as a way to train for inspection and beside another one.

#include "pipeline/tasks.h"

namespace paucal::pipeline {

// Of each record the number under which a memory keeps its places (models::Memory::forget), one a
// group; -1 where a memory never sees it: NG images, and those of the test split.
std::vector<int64_t> owners_of(const data::Dataset& dataset);

// Puts a memory around training.model.network, of the OK images of the training and the validation
// split: what is said of them is held out all the same, see Memory::forget. `with_head`: the class
// map goes on to count, as much as suits the validation images.
void remember(Training& training, bool with_head);

}  // namespace paucal::pipeline
