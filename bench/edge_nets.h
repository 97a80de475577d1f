#pragma once
// Networks with random weights for benchmarks of the edge runtime: convolutions with the norm
// folded in and clamp and residual fused, channels-last inside, as the passes leave them. Weights
// are He-scaled, so activations keep their size and no path meets denormals or infinities.
// Input "image" [?, 3, ?, ?] row-major, output "logits" [?, classes].

#include "edge/graph/graph.h"

namespace paucal::bench {

edge::Graph resnet18(int classes, uint64_t seed = 1);      // He et al. 2015
edge::Graph mobilenet_v2(int classes, uint64_t seed = 1);  // Sandler et al. 2018, width 1

}  // namespace paucal::bench
