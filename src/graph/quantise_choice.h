#pragma once
// Which nodes compute in int8. Internal to graph/.

#include <vector>

#include "graph/quantise.h"

namespace paucal::graph {

bool is_layer(const edge::Node& node);  // conv2d, linear

// One flag a node of the graph. Layers are chosen by `options` and where their sums fit and all
// ranges were seen; additions and pools follow where all that they read is int8 already.
std::vector<bool> choose_int8(const edge::Graph& graph, const Ranges& ranges,
                              const QuantiseOptions& options);

}  // namespace paucal::graph
