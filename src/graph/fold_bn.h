#pragma once

#include "graph/passes.h"

namespace paucal::graph {

// conv2d, then batch_norm, becomes one conv2d: with s = γ / √(σ² + ε), W' = s·W and
// b' = (b - μ)·s + β, in double precision.
void fold_bn(edge::Graph& graph, const Probes& probes);

}  // namespace paucal::graph
