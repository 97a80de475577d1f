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

  // Whether the op has an argument of that name, in the schema that libtorch registered it with.
  bool has(std::string_view argument) const;

  // An argument by its name. All but `none` refuse the node where it is something else or there is
  // no such argument; numbers must be the same at every size, except those of `sizes`.
  bool none(std::string_view argument) const;  // None, or the op has no such argument
  int x() { return tensor_at(0); }             // the first argument, a tensor
  int tensor(std::string_view argument);
  int tensor_or_absent(std::string_view argument);
  int operand(std::string_view argument);  // a tensor, or a number as a constant of one element
  std::vector<int> tensors(std::string_view argument);
  double number(std::string_view argument);
  double number_or(std::string_view argument, double otherwise) {
    return none(argument) ? otherwise : number(argument);
  }
  int64_t integer(std::string_view argument);
  bool flag(std::string_view argument) { return integer(argument) != 0; }
  std::string text(std::string_view argument);
  std::vector<double> numbers(std::string_view argument);
  std::vector<Seen> sizes(std::string_view argument);
  // Two numbers for height and width, given as one or two.
  std::vector<double> pair(std::string_view argument);
  int axis(std::string_view argument, int rank);  // negative ones from the end

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
  size_t at(std::string_view argument) const;
  const torch::jit::Value* value(std::string_view argument, size_t recording = 0) const {
    return value(at(argument), recording);
  }
  int tensor_at(size_t i);
  std::vector<int64_t> list(std::string_view argument, size_t recording) const;
  std::string place() const;
  std::string name_for(std::string_view op, std::span<const int> inputs);

  Translation& t_;
  size_t index_;
};

// Appends what the call does, mostly as one node of `op` (its row in graph/op_spec.def), and
// returns its value.
using Translator = int (*)(Call&, std::string_view op);

}  // namespace paucal::trace
