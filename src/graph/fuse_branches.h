#pragma once

#include "graph/passes.h"

namespace paucal::graph {

// Convolutions of one value whose results are added become one: smaller kernels lie in the middle
// of the largest, and a batch norm of the value itself is a 1×1 convolution (Ding et al., RepVGG,
// CVPR 2021, section 3.3). Places that a max-pooling of one picks for a 1×1 convolution are its
// stride.
void fuse_branches(edge::Graph& graph, const Probes& probes);

}  // namespace paucal::graph
