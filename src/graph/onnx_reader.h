#pragma once
// What the readers of single ops (onnx_read_ops.h) build with. Internal to graph/. Everything
// throws Error naming the node; read_onnx() turns it into a Failure.

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "edge/graph/graph.h"
#include "graph/onnx.pb.h"
#include "graph/onnx_types.h"

namespace paucal::graph {

// One number of a shape as the file computes it: known, or the size of a dimension of a value.
struct Size {
  int64_t number = 0;
  int value = -1;     // of the edge graph; -1: `number` is it
  int dimension = 0;  // of that value
};

// What an ONNX name stands for.
struct Operand {
  int id = -1;                           // value of the edge graph; a constant once it is used
  const onnx::Tensor* tensor = nullptr;  // a constant
  bool is_sizes = false;                 // arithmetic on shapes
  std::vector<Size> sizes;
  bool whole = false;  // sizes: all of a value whose rank is unknown
};

class OnnxReader {
 public:
  explicit OnnxReader(const onnx::Model& model);
  edge::Graph read();

  // ---- the node at hand
  const onnx::Node& node() const { return *node_; }
  bool has_input(int i) const { return i < node_->input_size() && !node_->input(i).empty(); }
  int inputs() const { return node_->input_size(); }
  int input(int i);               // value of the edge graph; Node::kAbsent where left out
  const Operand& operand(int i);  // present
  // Constants: all numbers, refused beyond 4096 (they are attributes, no weights).
  std::vector<int64_t> ints(int i);
  std::vector<float> floats(int i);
  float scalar(int i, float otherwise);
  std::vector<Size> sizes(int i);  // a constant, or shape arithmetic
  // Adds the weight matrix, its two dimensions swapped where `swap`, as [O, K].
  int matrix(int i, bool swap);
  bool is_constant(int i);
  edge::Shape constant_shape(int i);  // absent where it is no constant
  const onnx::Tensor& constant(int i);
  // Counts memory that is made of constants, here and not by a node: refused beyond a few times
  // the file's size.
  void spend(size_t bytes);

  bool has(const char* attribute) const { return find(attribute) != nullptr; }
  int64_t integer(const char* attribute, int64_t otherwise);
  float number(const char* attribute, float otherwise);
  std::string text(const char* attribute, const char* otherwise);
  std::vector<int64_t> list(const char* attribute, std::vector<int64_t> otherwise = {});

  // Appends a node to the edge graph; its value is the ONNX output until another follows.
  int add(std::string_view op, std::vector<int> inputs,
          std::map<std::string, edge::Attribute, std::less<>> attributes = {});
  void define(int id);               // output 0 is this value
  void define(Operand operand);      // … or this
  void define(onnx::Tensor tensor);  // … or this constant, counted as spent
  edge::Graph& graph() { return graph_; }
  int64_t opset() const { return opset_; }

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail("onnx", "node '{}' ({}): {}", node_->name().substr(0, 200),
         node_->op_type().substr(0, 100), fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  const onnx::Attribute* find(const char* attribute) const;
  int add_constant(const onnx::Tensor& tensor, const std::string& name, bool swap);
  edge::Signature small_constant(int i, bool floats);
  void read_inputs();
  void read_node(const onnx::Node& node);

  const onnx::Model& model_;
  int64_t opset_ = 0;
  edge::Graph graph_;
  const onnx::Node* node_ = nullptr;
  std::unordered_map<std::string, Operand> operands_;
  // Of each tensor, as it is and swapped: one copy, however many nodes read it.
  std::map<std::pair<const onnx::Tensor*, bool>, int> constants_;
  std::deque<onnx::Tensor> made_;  // constants that the file says how to compute
  size_t spent_ = 0, spendable_;
};

// Type and shape of a tensor, checked against the length of its data. Throws Error.
edge::Signature signature_of(const onnx::Tensor& tensor);
std::vector<std::byte> bytes_of(const onnx::Tensor& tensor);

}  // namespace paucal::graph
