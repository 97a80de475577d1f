#pragma once
// Regions that are believed to show an object, and what follows for all the others.

#include <vector>

#include "data/batch.h"
#include "weak/refinement.h"

namespace paucal::weak {

struct RegionSeed {
  int64_t region = 0;
  int64_t label = 0;
  float weight = 1;  // how much it is believed
};

// Each region belongs to the seed that it overlaps most: from IoU .5 on it has its class, below
// it is background with the seed's weight, and below .1 it teaches nothing, since an object that
// nobody found may be there (Tang et al., OICR, CVPR 2017, section 3.2). No seeds: nothing taught.
// `boxes` [R, 4]; `classes`: K.
RegionTargets label_by_seeds(const at::Tensor& boxes, const std::vector<RegionSeed>& seeds,
                             int64_t classes);

// The same where boxes are known, and others excluded: what overlaps none is background, too. The
// seed of a region is the number of its box. No boxes: all is background.
RegionTargets label_by_boxes(const at::Tensor& boxes, const std::vector<data::Target>& objects,
                             int64_t classes);

}  // namespace paucal::weak
