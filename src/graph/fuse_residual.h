#pragma once

#include "graph/passes.h"

namespace paucal::graph {

// conv2d, then add of a value of the same shape, becomes one conv2d with a residual.
void fuse_residual(edge::Graph& graph, const Probes& probes);

// The input `like` of a resize only tells a size: it is replaced by the earliest value of that
// size along its history, so that what lies between need not be ready before the resize.
void shorten_like(edge::Graph& graph, const Probes& probes);

}  // namespace paucal::graph
