#pragma once

#include "graph/passes.h"

namespace paucal::graph {

// Zeros around height and width move into the padding of the convolution that reads them.
void fold_pad(edge::Graph& graph, const Probes& probes);

}  // namespace paucal::graph
