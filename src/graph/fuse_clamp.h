#pragma once

#include "graph/passes.h"

namespace paucal::graph {

// relu and clamp move into the node before them where its op has an attribute `clamp`.
void fuse_clamp(edge::Graph& graph, const Probes& probes);

}  // namespace paucal::graph
