#pragma once
// What passes ask of a graph, and how they change it.

#include <functional>
#include <vector>

#include "edge/graph/graph.h"
#include "edge/graph/op.h"
#include "graph/passes.h"

namespace paucal::graph {

// Who writes and who reads each value. Node numbers hold until nodes move: make a new one then.
class Uses {
 public:
  explicit Uses(const edge::Graph& graph);

  int writer(int value) const { return writer_[static_cast<size_t>(value)]; }  // -1: none
  const std::vector<int>& readers(int value) const { return readers_[static_cast<size_t>(value)]; }
  bool is_output(int value) const { return is_output_[static_cast<size_t>(value)]; }
  // The one node that reads the value, which is no output of the graph; -1 where there is none.
  int only_reader(int value) const;

 private:
  std::vector<int> writer_;
  std::vector<std::vector<int>> readers_;  // a node that reads it twice is there twice
  std::vector<bool> is_output_;
};

inline bool is(const edge::Node& node, std::string_view op) {
  return node.op->name == op;
}

bool has_attribute(const edge::OpInfo& op, std::string_view name);

// Drops the nodes for which `gone` holds.
void remove_nodes(edge::Graph& graph, const std::vector<bool>& gone);

// The shapes of all values at each probe. Throws Error where the shape rules refuse one.
std::vector<std::vector<edge::Signature>> signatures_at(const edge::Graph& graph,
                                                        const Probes& probes);

inline constexpr double kNoClamp = 3.4e38;

}  // namespace paucal::graph
