#include "graph/fuse_branches.h"

#include <array>
#include <cmath>
#include <optional>

#include "graph/edit.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Node;

// A convolution as numbers.
struct Branch {
  int input = Node::kAbsent;
  edge::Shape shape;  // of the weight [O, C / groups, k, k]
  std::vector<float> weight, bias;
  std::array<double, 2> stride, dilation;
  std::array<double, 4> padding;
  double groups = 1;
};

std::vector<float> numbers(std::span<const float> span) {
  return {span.begin(), span.end()};
}

bool picks_places(const Node& node) {
  return is(node, "max_pool2d") && node.number("kernel", 0, 0) == 1 &&
         node.number("kernel", 0, 1) == 1 && node.number("padding", 0, 0) == 0 &&
         node.number("padding", 0, 1) == 0 && node.number("ceil_mode", 0) == 0;
}

std::optional<Branch> branch_of_conv(const Graph& graph, const Node& conv) {
  if (conv.has("clamp") || conv.input(3) != Node::kAbsent) return std::nullopt;
  Branch branch;
  branch.input = conv.input(0);
  branch.shape = graph.value(conv.input(1)).shape;
  branch.weight = numbers(graph.floats(conv.input(1)));
  branch.bias = numbers(graph.floats(conv.input(2)));
  if (branch.weight.empty()) return std::nullopt;
  branch.bias.resize(static_cast<size_t>(branch.shape[0]));
  for (size_t d = 0; d < 2; ++d) {
    branch.stride[d] = conv.number("stride", 1, d);
    branch.dilation[d] = conv.number("dilation", 1, d);
  }
  for (size_t d = 0; d < 4; ++d) branch.padding[d] = conv.number("padding", 0, d);
  branch.groups = conv.number("groups", 1);
  return branch;
}

// Like `model`, a convolution of the same value; nothing where the norm is of other channels.
std::optional<Branch> branch_of_norm(const Graph& graph, const Node& norm, const Branch& model) {
  const auto scale = graph.floats(norm.input(1)), shift = graph.floats(norm.input(2));
  const auto mean = graph.floats(norm.input(3)), variance = graph.floats(norm.input(4));
  const size_t channels = scale.size(), each = static_cast<size_t>(model.shape[1]);
  if (channels != static_cast<size_t>(model.shape[0]) || shift.size() != channels ||
      mean.size() != channels || variance.size() != channels ||
      static_cast<double>(channels) != model.groups * static_cast<double>(each) ||
      model.stride[0] != 1 || model.stride[1] != 1)
    return std::nullopt;
  Branch branch = model;
  branch.input = norm.input(0);
  branch.shape = {model.shape[0], model.shape[1], 1, 1};
  branch.weight.assign(channels * each, 0);
  branch.padding = {0, 0, 0, 0};
  for (size_t c = 0; c < channels; ++c) {
    const double factor = scale[c] / std::sqrt(variance[c] + norm.number("eps", 1e-5));
    branch.weight[c * each + c % each] = static_cast<float>(factor);
    branch.bias[c] = static_cast<float>(shift[c] - mean[c] * factor);
  }
  return branch;
}

// A 1×1 convolution of picked places is one with a stride.
void see_through_pooling(const Graph& graph, const Uses& uses, Branch& branch) {
  const int writer = uses.writer(branch.input);
  if (writer < 0 || branch.shape[2] != 1 || branch.shape[3] != 1) return;
  const Node& pool = graph.nodes[static_cast<size_t>(writer)];
  if (!picks_places(pool) || branch.stride != std::array<double, 2>{1, 1}) return;
  branch.input = pool.input(0);
  for (size_t d = 0; d < 2; ++d) branch.stride[d] = pool.number("stride", 1, d);
}

// Adds `small`, whose middle must be that of `large`; false where they look at other places.
bool add_to(Branch& large, const Branch& small) {
  if (large.input != small.input || large.shape[0] != small.shape[0] ||
      large.shape[1] != small.shape[1] || large.stride != small.stride ||
      large.groups != small.groups)
    return false;
  std::array<int64_t, 2> at{};  // of the small kernel in the large one
  for (size_t d = 0; d < 2; ++d) {
    const int64_t k = large.shape[static_cast<int>(d) + 2],
                  j = small.shape[static_cast<int>(d) + 2];
    if (j > k || (j > 1 && large.dilation[d] != small.dilation[d])) return false;
    const double low = (large.padding[d] - small.padding[d]) / large.dilation[d];
    at[d] = static_cast<int64_t>(low);
    const double before = low * large.dilation[d];
    const double after = static_cast<double>(k - j) * large.dilation[d] - before;
    if (low != std::floor(low) || low < 0 || at[d] + j > k ||
        large.padding[d + 2] - small.padding[d + 2] != after)
      return false;
  }
  const int64_t rows = large.shape[2], columns = large.shape[3];
  const int64_t small_rows = small.shape[2], small_columns = small.shape[3];
  const int64_t planes = large.shape[0] * large.shape[1];
  for (int64_t plane = 0; plane < planes; ++plane)
    for (int64_t y = 0; y < small_rows; ++y)
      for (int64_t x = 0; x < small_columns; ++x)
        large.weight[static_cast<size_t>((plane * rows + y + at[0]) * columns + x + at[1])] +=
            small.weight[static_cast<size_t>((plane * small_rows + y) * small_columns + x)];
  for (size_t c = 0; c < large.bias.size(); ++c) large.bias[c] += small.bias[c];
  return true;
}

class BranchFuser {
 public:
  explicit BranchFuser(Graph& graph)
      : graph_(graph), uses_(graph), gone_(graph.nodes.size(), false) {}

  void run() {
    for (size_t n = 0; n < graph_.nodes.size(); ++n)
      if (is(graph_.nodes[n], "add")) try_sum(static_cast<int>(n));
    remove_nodes(graph_, gone_);
  }

 private:
  // The node that writes a value which the sum alone reads; -1: none.
  int writer_for(int value, int sum) const {
    const int writer = uses_.writer(value);
    return writer >= 0 && uses_.only_reader(value) == sum ? writer : -1;
  }

  void try_sum(int n) {
    Node& sum = graph_.nodes[static_cast<size_t>(n)];
    std::array<int, 2> writers = {writer_for(sum.input(0), n), writer_for(sum.input(1), n)};
    if (writers[0] < 0 || writers[1] < 0) return;
    if (!is(node(writers[0]), "conv2d")) std::swap(writers[0], writers[1]);
    if (!is(node(writers[0]), "conv2d")) return;
    auto first = branch_of_conv(graph_, node(writers[0]));
    if (!first) return;
    see_through_pooling(graph_, uses_, *first);
    auto second = is(node(writers[1]), "conv2d") ? branch_of_conv(graph_, node(writers[1]))
                  : is(node(writers[1]), "batch_norm")
                      ? branch_of_norm(graph_, node(writers[1]), *first)
                      : std::nullopt;
    if (!second) return;
    see_through_pooling(graph_, uses_, *second);
    Branch* joined = add_to(*first, *second)   ? &*first
                     : add_to(*second, *first) ? &*second
                                               : nullptr;
    if (joined) replace(sum, writers, *joined);
  }

  // The convolution stands where the sum stood, behind whatever it reads.
  void replace(Node& sum, const std::array<int, 2>& writers, const Branch& branch) {
    const Node& named = node(writers[0]);
    const std::string name = named.name;
    const auto constant = [&](const char* what, const edge::Shape& shape,
                              const std::vector<float>& values) {
      return graph_.add_constant(name + what, edge::Type::kF32, shape,
                                 std::as_bytes(std::span(values)));
    };
    const edge::OpInfo* op = named.op;
    const int weight = constant(".weight", branch.shape, branch.weight);
    const int bias = constant(".bias", {branch.shape[0]}, branch.bias);
    sum.op = op;
    sum.name = name;
    sum.inputs = {branch.input, weight, bias};
    sum.attributes = {{"stride", {branch.stride.begin(), branch.stride.end()}},
                      {"padding", {branch.padding.begin(), branch.padding.end()}},
                      {"dilation", {branch.dilation.begin(), branch.dilation.end()}},
                      {"groups", {branch.groups}}};
    for (const int writer : writers) gone_[static_cast<size_t>(writer)] = true;
  }

  const Node& node(int n) const { return graph_.nodes[static_cast<size_t>(n)]; }

  Graph& graph_;
  Uses uses_;
  std::vector<bool> gone_;
};

}  // namespace

void fuse_branches(Graph& graph, const Probes&) {
  BranchFuser(graph).run();
}

}  // namespace paucal::graph
