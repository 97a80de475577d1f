#pragma once
// How much of its surroundings describes a place in a memory: what texture needs hides small
// defects, and no label of OK images says which it is. Pasted defects do.

#include <vector>

#include "pipeline/tasks.h"

namespace paucal::pipeline {

// 1, or 3 where places with a pasted defect then stand out clearly more from those without, in
// some of `records` that a memory of others has not seen. 1 where there are too few to tell, or
// images are seen in tiles. `owners`: of all records, see owners_of().
int choose_neighbourhood(const Training& training, const std::vector<int>& records,
                         const std::vector<int64_t>& owners);

}  // namespace paucal::pipeline
