#pragma once
// What the writers of single ops (onnx_write_ops.h) build with. Internal to graph/.

#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "edge/graph/graph.h"
#include "graph/onnx.pb.h"
#include "graph/onnx_types.h"

namespace paucal::graph {

using OnnxAttribute = std::variant<int64_t, float, std::string, std::vector<int64_t>>;
using OnnxAttributes = std::vector<std::pair<std::string, OnnxAttribute>>;

class OnnxWriter {
 public:
  explicit OnnxWriter(const edge::Graph& graph);

  // Writes one node of the graph.
  void write(const edge::Node& node);
  onnx::Model finish();  // once, after all nodes

  const edge::Graph& graph() const { return graph_; }

  // The ONNX name of the i-th input; a constant is stored at its first use. "": absent.
  std::string input(size_t i);
  // Appends an ONNX node with one fresh output, whose name is returned. The last one appended
  // for a node of the graph gets the name of the node's output.
  std::string add(std::string_view op, std::vector<std::string> inputs,
                  const OnnxAttributes& attributes = {});
  // Lets output 0 be another name for `value`.
  void alias(const std::string& value);
  std::string ints(const std::vector<int64_t>& values);  // a constant of rank 1
  std::string floats(const std::vector<float>& values);  // of rank 1
  std::string scalar(float value);                       // of rank 0
  std::string tensor(const std::string& name, edge::Type type, const edge::Shape& shape,
                     std::span<const std::byte> bytes);

  // Shape of input i, each free size being some number; absent where it can't be told.
  edge::Shape shape_of(size_t i) const;

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail("onnx", "node '{}' ({}): {}", node_->name, op_name(),
         fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::string_view op_name() const;
  std::string fresh(const std::string& wanted);
  void describe(onnx::ValueInfo* info, int id, bool input);

  const edge::Graph& graph_;
  onnx::Model model_;
  const edge::Node* node_ = nullptr;
  std::vector<std::string> names_;  // of each value, "" until it is written
  std::unordered_set<std::string> taken_;
  std::vector<edge::Signature> signatures_;  // for stand-in sizes; empty where none fits
  size_t bytes_ = 0;                         // of initialisers so far
};

}  // namespace paucal::graph
