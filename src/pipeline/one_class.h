#pragma once
// A memory of OK images, as a way to train for inspection and beside another one.

#include <functional>
#include <span>
#include <string>

#include "pipeline/tasks.h"
#include "weak/one_class/fit_memory.h"

namespace paucal::pipeline {

// Of each record the number under which a memory keeps its places (models::Memory::forget), one a
// group; -1 where a memory never sees it: NG images, and those of the test split.
std::vector<int64_t> owners_of(const data::Dataset& dataset);

// Calls see(record) for each of `records`, with a memory that has forgotten the image.
void as_if_unseen(models::Memory& memory, const data::Dataset& dataset,
                  std::span<const int> records, const std::function<void(int)>& see);

// Nothing but OK images decides: "bank" and "gauss".
bool of_ok_images_alone(const std::string& method);

// Puts a memory around training.model.network, of the OK images of the training and the validation
// split: what is said of them is held out all the same, see Memory::forget. With plan.with_head
// the class map goes on to count, as much as suits the validation images.
void remember(Training& training, weak::MemoryPlan plan);

}  // namespace paucal::pipeline
