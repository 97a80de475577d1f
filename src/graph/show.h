#pragma once
// A graph for people: a table of its nodes with shapes, work and memory, or a drawing.

#include <span>
#include <string>

#include "edge/graph/graph.h"

namespace paucal::graph {

// Multiplications and additions of a node.
double flops_of(const edge::Node& node, std::span<const edge::Signature> signatures);

// A line a node: name, op, output shape, MFLOP, KB written, KB of constants; and the sums.
// `signatures`: of edge::infer().
std::string to_table(const edge::Graph& graph, std::span<const edge::Signature> signatures);

// In Graphviz' language; constants are left out.
std::string to_dot(const edge::Graph& graph, std::span<const edge::Signature> signatures);

}  // namespace paucal::graph
