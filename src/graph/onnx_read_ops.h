#pragma once
// Readers of ONNX ops that live in onnx_read_shape.cpp. Internal to graph/.

#include "graph/onnx_reader.h"

namespace paucal::graph {

// `op`: the op of the graph that the table of onnx_read_ops.cpp names.
void read_shape(OnnxReader& r, const char* op);
void read_sizes_alias(OnnxReader& r, const char* op);  // Unsqueeze, Squeeze, Cast
void read_reshape(OnnxReader& r, const char* op);
void read_resize(OnnxReader& r, const char* op);

// Where input 0 (of Concat: any) is a computed shape.
void read_sizes_gather(OnnxReader& r);
void read_sizes_slice(OnnxReader& r);
void read_sizes_concat(OnnxReader& r);

}  // namespace paucal::graph
