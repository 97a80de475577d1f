#pragma once
// Writers of the graph's ops, as op_spec.def names them. Internal to graph/.

#include "graph/onnx_writer.h"
#include "graph/op_spec.h"

namespace paucal::graph {

// A bound of a clamp beyond ± this is none.
inline constexpr double kUnbounded = 3e38;
// Clip, without the bounds that are none.
std::string add_clip(OnnxWriter& w, const std::string& x, double low, double high);

// All inputs, the fields of `spec`, and the fused clamp.
void write_plain(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);

// onnx_write_ops.cpp
void write_alias(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_conv2d(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_pointwise_depthwise(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_max_pool2d(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_avg_pool2d(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_resize_nearest(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_resize_bilinear(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_clamp(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_silu(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_hard_sigmoid(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_gelu(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_reshape(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_slice(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_pad(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_linear(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_layer_norm(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_embedding(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_reduce(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);

// onnx_lstm.cpp
void write_lstm(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);

// onnx_write_i8.cpp. The op of `spec` stands between dequantising and quantising.
void write_quantize(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_dequantize(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_conv2d_i8(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_linear_i8(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_add_i8(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);
void write_global_avg_pool_i8(OnnxWriter& w, const edge::Node& node, const OnnxSpec& spec);

}  // namespace paucal::graph
