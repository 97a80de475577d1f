#pragma once

#include "graph/passes.h"

namespace paucal::graph {

// Drops nodes that no output depends on.
void dead_code(edge::Graph& graph, const Probes& probes);

// Drops values that nothing names, and numbers the rest in the order in which they are first
// needed: inputs, then node by node.
void compact(edge::Graph& graph, const Probes& probes);

}  // namespace paucal::graph
