#pragma once
// One aten node on its way into the graph: what a translator function may ask and do.

#include <optional>
#include <set>
#include <span>

#include "edge/graph/graph.h"
#include "edge/graph/op.h"
#include "trace/recording.h"

namespace paucal::trace {

// A number as seen at each of the sizes.
using Seen = std::vector<int64_t>;
bool constant(const Seen& seen);

// The graph as far as it is made, and the recordings it is made from.
struct Translation {
  const std::vector<Recording>& recordings;
  const NamedTensors& state;
  edge::Graph graph;
  // Of each value of the graph, in each recording.
  std::vector<std::vector<edge::Signature>> signatures;
  std::vector<int> of_number;  // value of the graph for each value of the recordings; -1: none yet
  std::set<std::string> names;

  const edge::Shape& shape(int id, size_t recording = 0) const {
    return signatures[recording][static_cast<size_t>(id)].shape;
  }
  int add_constant(const std::string& name, const at::Tensor& tensor);
};

class Call {
 public:
  Call(Translation& translation, size_t node) : t_(translation), index_(node) {}

  std::string_view op() const;  // "aten::relu_" is "relu"
  size_t arguments() const { return node().inputs().size(); }

  // The i-th argument. All but `none` refuse the node where it is something else; numbers must be
  // the same at every size, except those of `sizes`.
  bool none(size_t i) const;
  bool is_tensor(size_t i) const;
  int tensor(size_t i);
  int tensor_or_absent(size_t i);
  int operand(size_t i);  // a tensor, or a number as a constant of one element
  std::vector<int> tensors(size_t i);
  double number(size_t i);
  double number_or(size_t i, double otherwise) { return none(i) ? otherwise : number(i); }
  int64_t integer(size_t i);
  bool flag(size_t i) { return integer(i) != 0; }
  std::string text(size_t i);
  std::vector<double> numbers(size_t i);
  std::vector<Seen> sizes(size_t i);
  // Two numbers for height and width, given as one or two.
  std::vector<double> pair(size_t i);
  int axis(size_t i, int rank);  // negative ones from the end

  // Of what the node gives in libtorch: shape[d] at each of the sizes.
  std::vector<Seen> output_sizes() const;

  const Translation& translation() const { return t_; }
  const edge::Shape& shape(int id, size_t recording = 0) const { return t_.shape(id, recording); }
  const edge::Graph& graph() const { return t_.graph; }
  size_t recordings() const { return t_.recordings.size(); }
  // The node of the graph that writes the value; null for inputs and constants.
  const edge::Node* writer(int id) const;
  // A constant of `count` equal numbers.
  int filled(float number, int64_t count = 1);

  // Appends a node with one output, and returns that.
  int emit(std::string_view op, std::vector<int> inputs,
           std::map<std::string, edge::Attribute, std::less<>> attributes = {});
  // A reshape of the value to what the node gives in libtorch.
  int emit_reshape(int id);

  // Throws Error: this op, where it stands, and `why`.
  [[noreturn]] void refuse(const std::string& why) const;
  void require(bool holds, const std::string& why) const {
    if (!holds) refuse(why);
  }

 private:
  const torch::jit::Node& node(size_t recording = 0) const {
    return *t_.recordings[recording].nodes[index_];
  }
  const torch::jit::Value* value(size_t i, size_t recording = 0) const {
    return node(recording).input(i);
  }
  std::vector<int64_t> list(size_t i, size_t recording) const;
  std::string place() const;
  std::string name_for(std::string_view op, std::span<const int> inputs);

  Translation& t_;
  size_t index_;
};

using Translator = int (*)(Call&);

}  // namespace paucal::trace
