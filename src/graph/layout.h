#pragma once

#include "graph/passes.h"

namespace paucal::graph {

// Gives every value a memory layout that its writer and readers take, with conversions only where
// two neighbours ask for different ones. A graph input of rank 4 that goes to such ops is declared
// channels-last itself, so that pre-processing writes it that way; outputs stay row-major.
void layout(edge::Graph& graph, const Probes& probes);

}  // namespace paucal::graph
