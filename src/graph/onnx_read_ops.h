#pragma once
// Readers of ONNX ops, as op_spec.def names them. Internal to graph/.

#include "graph/onnx_reader.h"
#include "graph/op_spec.h"

namespace paucal::graph {

// All inputs and the fields of `spec`.
void read_plain(OnnxReader& r, const OnnxSpec& spec);

// onnx_read_ops.cpp
void read_identity(OnnxReader& r, const OnnxSpec& spec);
void read_constant(OnnxReader& r, const OnnxSpec& spec);
void read_conv(OnnxReader& r, const OnnxSpec& spec);
void read_pool(OnnxReader& r, const OnnxSpec& spec);
void read_batch_norm(OnnxReader& r, const OnnxSpec& spec);
void read_clip(OnnxReader& r, const OnnxSpec& spec);
void read_hard_sigmoid(OnnxReader& r, const OnnxSpec& spec);
void read_gelu(OnnxReader& r, const OnnxSpec& spec);
void read_concat(OnnxReader& r, const OnnxSpec& spec);
void read_flatten(OnnxReader& r, const OnnxSpec& spec);
void read_slice(OnnxReader& r, const OnnxSpec& spec);
void read_pad(OnnxReader& r, const OnnxSpec& spec);
void read_gemm(OnnxReader& r, const OnnxSpec& spec);
void read_matmul(OnnxReader& r, const OnnxSpec& spec);
void read_layer_norm(OnnxReader& r, const OnnxSpec& spec);
void read_gather(OnnxReader& r, const OnnxSpec& spec);
void read_reduce(OnnxReader& r, const OnnxSpec& spec);

// onnx_lstm.cpp
void read_lstm(OnnxReader& r, const OnnxSpec& spec);

// onnx_read_i8.cpp
void read_quantize(OnnxReader& r, const OnnxSpec& spec);
void read_dequantize(OnnxReader& r, const OnnxSpec& spec);

// onnx_read_shape.cpp
void read_shape(OnnxReader& r, const OnnxSpec& spec);
void read_sizes_alias(OnnxReader& r, const OnnxSpec& spec);  // Unsqueeze, Squeeze, Cast
void read_reshape(OnnxReader& r, const OnnxSpec& spec);
void read_resize(OnnxReader& r, const OnnxSpec& spec);

// Where input 0 (of Concat: any) is a computed shape.
void read_sizes_gather(OnnxReader& r);
void read_sizes_slice(OnnxReader& r);
void read_sizes_concat(OnnxReader& r);

}  // namespace paucal::graph
