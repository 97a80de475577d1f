#pragma once
// Boxes that are believed to show an object, and what follows for all regions.

#include <vector>

#include "data/feed/batch.h"
#include "weak/regions/refinement.h"

namespace paucal::weak {

at::Tensor boxes_of(const std::vector<data::Target>& targets);  // [S, 4]
edge::Box box_at(const at::Tensor& boxes, int64_t row);

enum class Elsewhere { kUnknown, kBackground };

// Each region belongs to the seed that it overlaps most: from IoU .5 on it has its class, below it
// is background with the seed's weight. Where the two share less than .1 of the smaller one it
// teaches nothing, since an object that nobody found may be there (Tang et al., OICR, CVPR 2017,
// section 3.2, by IoU: but then small parts of the seed would be unknown, too, and win). No seeds:
// nothing taught. kBackground: the seeds are all that there is, and what shows none of them is
// background for certain. `boxes` [R, 4]; `classes`: K.
RegionTargets label_by_seeds(const at::Tensor& boxes, const std::vector<data::Target>& seeds,
                             int64_t classes, Elsewhere elsewhere = Elsewhere::kUnknown);

}  // namespace paucal::weak
