#pragma once
// Where a network's time goes: per node and per op.

#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "edge/runtime/session.h"

namespace paucal::edge_cli {

// Multiplications and additions of each node for the sizes of the session's last run.
std::vector<double> node_flops(const edge::Session& session);

// Medians over `rounds` runs, slowest first: name, op, path, shape, ms, share, gflops.
Json time_ops(edge::Session& session, std::span<const edge::Tensor> inputs, int rounds);

// The same as a table for people, a line a node and then one an op.
std::string op_table(const Json& ops);

}  // namespace paucal::edge_cli
