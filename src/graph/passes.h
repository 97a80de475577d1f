#pragma once
// What turns a traced graph into one that runs fast: one ordered list, each pass named and timed.
// Every pass leaves a graph that validate() accepts and that computes the same function.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "edge/graph/graph.h"

namespace paucal::graph {

// Sizes of all graph inputs at which shapes are looked at: a pass must know whether two values
// have the same shape, or how many dimensions one has. Several, so that none is true by chance.
using Probes = std::vector<std::vector<edge::Shape>>;

struct Pass {
  std::string_view name;
  std::string_view does;
  void (*apply)(edge::Graph&, const Probes&);
};

// In the order in which they run.
std::span<const Pass> passes();

struct PassReport {
  std::string name;
  size_t nodes_before = 0;
  size_t nodes_after = 0;
  double seconds = 0;
};

struct PassOptions {
  std::vector<std::string> skip;  // names; `layout` can't be left out where kernels ask for it
  Probes probes;                  // empty: default_probes(graph)
};

// Throws Error: an unknown name in `skip` (with the known ones), a graph that does not validate.
std::vector<PassReport> run_passes(edge::Graph& graph, const PassOptions& options = {});

// Every free dimension at sizes that most networks take (multiples of 32, unlike each other); only
// those at which the graph's shape rules hold.
Probes default_probes(const edge::Graph& graph);

}  // namespace paucal::graph
