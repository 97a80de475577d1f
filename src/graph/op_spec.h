#pragma once
// The vocabulary of ops in one table. op_spec.def has one row for each op of edge/graph/ops.def:
// what ONNX and libtorch call it, and the functions that translate. The ONNX reader, the ONNX
// writer and the tracer (trace/translate.cpp) all take their tables from that file.

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "edge/graph/graph.h"

namespace paucal::graph {

class OnnxReader;
class OnnxWriter;
struct OnnxSpec;

// Reads the reader's node at hand / writes `node`. `spec`: of the row that names the function.
using OnnxRead = void (*)(OnnxReader& reader, const OnnxSpec& spec);
using OnnxWrite = void (*)(OnnxWriter& writer, const edge::Node& node, const OnnxSpec& spec);

// An attribute that ONNX has too, under another name or with another default.
struct OnnxField {
  enum Kind { kNone, kInt, kFloat, kInts };
  Kind kind = kNone;
  std::string_view ours, onnx;
  double our_default = 0, onnx_default = 0;  // of kInt and kFloat; kInts must be there
};

// How ONNX says an op.
struct OnnxSpec {
  std::string_view op;        // of the graph; "" where a reader leaves no op of its own
  std::string_view type;      // ONNX's op_type
  OnnxWrite write = nullptr;  // null: `lacks` says why ONNX has no such op
  OnnxRead read = nullptr;    // null: what was written comes back as other ops
  std::array<OnnxField, 2> fields = {};
  std::string_view lacks = {};
};

struct OpSpec {
  OnnxSpec onnx;
  std::string_view aten;             // names of libtorch and of our own, a space after each
  std::string_view aten_lacks = {};  // why there are none

  constexpr std::string_view op() const { return onnx.op; }
  std::vector<std::string_view> aten_names() const;
};

// A row for each op of ops.def, in its order: anything else does not compile.
std::span<const OpSpec> op_specs();

const OpSpec* find_spec(std::string_view op);                // null where there is none
const OnnxSpec* find_onnx_reader(std::string_view op_type);  // likewise

// ONNX op types and aten names that stand for no op of their own, as op_spec.def lists them.
std::vector<std::string_view> onnx_types_without_op();
std::vector<std::string_view> aten_names_without_op();

}  // namespace paucal::graph
