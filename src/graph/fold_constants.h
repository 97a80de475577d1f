#pragma once

#include "graph/passes.h"

namespace paucal::graph {

// Nodes that read constants alone are run once, by their own kernels, and become constants.
void fold_constants(edge::Graph& graph, const Probes& probes);

}  // namespace paucal::graph
