#pragma once
// Element types, ONNX's numbers and ours. Internal to graph/.

#include "edge/graph/tensor.h"

namespace paucal::graph {

int32_t onnx_type(edge::Type type);
bool edge_type(int32_t onnx, edge::Type& type);  // false: not one of ours

}  // namespace paucal::graph
