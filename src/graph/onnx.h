#pragma once
// ONNX files out and in (https://onnx.ai; written as IR 8, opset 20; read from opset 13 on).
//
// A graph is written as it is, before or after passes: memory layout is no part of ONNX, so
// to_rows and to_channels_last vanish; what is fused (bias, residual, clamp) becomes nodes of its
// own. Free sizes become the symbolic dimensions batch, height, width. Constants keep their names.
// What comes back computes the same numbers, but is not fused and has no layouts: run the passes
// on it as on a traced graph.

#include <span>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "edge/graph/graph.h"

namespace paucal::graph {

// Throws Error, naming the node, for ops that ONNX has no counterpart of, and beyond the 2 GB that
// a protobuf message can hold.
Bytes write_onnx(const edge::Graph& graph);

// The file is hostile: all that is wrong with it is a Failure naming the node. Refused are ops
// outside onnx_ops(), weights that are computed, weights in other files, and control flow.
// Arithmetic on shapes is followed where it says "size of dimension i of x" or a number. The result
// is validated; its memory layout is row-major throughout.
Result<edge::Graph> read_onnx(std::span<const uint8_t> file);

// The ONNX ops that read_onnx() takes, sorted.
std::vector<std::string_view> onnx_ops();

}  // namespace paucal::graph
