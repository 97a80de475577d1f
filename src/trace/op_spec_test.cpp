// Every name of libtorch in graph/op_spec.def: traced, it becomes the op of its row; written to
// ONNX, read back and run, it computes what libtorch does. A name without an example here fails.

#include "graph/op_spec.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <map>

#include "base/error.h"
#include "edge/graph/op.h"
#include "graph/onnx.h"
#include "graph/passes.h"
#include "models/proposals.h"
#include "models/roi_align.h"
#include "trace/trace.h"
#include "trace/verify.h"

namespace paucal::trace {
namespace {

using Function = std::function<at::Tensor(const at::Tensor&)>;

struct NoModule : torch::nn::Module {
  NoModule() { eval(); }
};

struct AtenExample {
  Function run;
  std::vector<int64_t> shape = {2, 4, 6, 5};
};

at::Tensor table_of(std::vector<int64_t> sizes) {
  const int64_t count = std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies());
  return at::sin(at::arange(count, at::kFloat)).reshape(sizes);
}

// Of names that make one op of one tensor and, at most, numbers.
std::map<std::string_view, AtenExample> elementwise() {
  using at::Tensor;
  return {
      {"relu", {[](const Tensor& x) { return at::relu(x); }}},
      {"leaky_relu", {[](const Tensor& x) { return at::leaky_relu(x, .1); }}},
      {"clamp", {[](const Tensor& x) { return at::clamp(x, -.5, .7); }}},
      {"clamp_min", {[](const Tensor& x) { return at::clamp_min(x, -.5); }}},
      {"clamp_max", {[](const Tensor& x) { return at::clamp_max(x, .5); }}},
      {"hardtanh", {[](const Tensor& x) { return at::hardtanh(x, -.5, 1); }}},
      {"relu6", {[](const Tensor& x) { return at::relu6(4 * x); }}},
      {"sigmoid", {[](const Tensor& x) { return at::sigmoid(x); }}},
      {"tanh", {[](const Tensor& x) { return at::tanh(x); }}},
      {"silu", {[](const Tensor& x) { return at::silu(x); }}},
      {"hardswish", {[](const Tensor& x) { return at::hardswish(2 * x); }}},
      {"hardsigmoid", {[](const Tensor& x) { return at::hardsigmoid(2 * x); }}},
      {"gelu", {[](const Tensor& x) { return at::gelu(x, "tanh"); }}},
      {"exp", {[](const Tensor& x) { return at::exp(x); }}},
      {"log", {[](const Tensor& x) { return at::log(at::exp(x) + 1); }}},
      {"sqrt", {[](const Tensor& x) { return at::sqrt(at::exp(x)); }}},
      {"neg", {[](const Tensor& x) { return at::neg(x); }}},
      {"add", {[](const Tensor& x) { return at::add(x, at::tanh(x), -2.5); }}},
      {"sub", {[](const Tensor& x) { return at::sub(x, at::tanh(x)); }}},
      {"rsub", {[](const Tensor& x) { return at::rsub(x, 1); }}},
      {"mul", {[](const Tensor& x) { return x * at::sigmoid(x); }}},
      {"div", {[](const Tensor& x) { return x / (1 + at::exp(x)); }}},
      {"softmax", {[](const Tensor& x) { return at::softmax(x, 1); }}},
      {"log_softmax", {[](const Tensor& x) { return at::log_softmax(x, -1); }}},
      {"mean", {[](const Tensor& x) { return at::mean(x, {1}, true); }}},
      {"amax", {[](const Tensor& x) { return at::amax(x, {1}, true); }}},
  };
}

std::map<std::string_view, AtenExample> of_images() {
  using at::Tensor;
  static const Tensor weight = table_of({6, 4, 3, 3}), bias = table_of({6}), vector = table_of({4}),
                      variance = vector * vector + .5;
  static const Tensor rois = torch::tensor({{0.f, 3.f, 5.f, 40.f, 30.f}});
  return {
      {"conv2d", {[](const Tensor& x) { return at::conv2d(x, weight, bias, 2, 1); }}},
      {"_convolution", {[](const Tensor& x) {
         return at::_convolution(x, weight, bias, {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1, false,
                                 false, false, false);
       }}},
      {"batch_norm", {[](const Tensor& x) {
         return at::batch_norm(x, {}, vector, vector, variance, false, .1, 1e-3, false);
       }}},
      {"max_pool2d", {[](const Tensor& x) {
         return at::max_pool2d(x, {3, 2}, {2, 1}, {1, 0});
       }}},
      {"avg_pool2d", {[](const Tensor& x) {
         return at::avg_pool2d(x, {3, 2}, {2, 1}, {1, 0});
       }}},
      {"adaptive_avg_pool2d", {[](const Tensor& x) {
         return at::adaptive_avg_pool2d(x, {1, 1});
       }}},
      {"upsample_nearest2d", {[](const Tensor& x) {
         return at::upsample_nearest2d(x, at::OptionalIntArrayRef(), std::vector<double>{2, 3});
       }}},
      {"upsample_bilinear2d", {[](const Tensor& x) {
         return at::upsample_bilinear2d(x, {11, 6}, true);
       }}},
      {"roi_align", {[](const Tensor& x) {
         return models::roi_align(x, rois, {.size = 3, .scale = .125, .sampling = 2});
       }}},
      {"propose_regions",
       {[](const Tensor& x) { return models::propose_rois(x, 8, {.count = 16, .min_side = 6}); }}},
  };
}

std::map<std::string_view, AtenExample> of_shapes() {
  using at::Tensor;
  return {
      {"cat", {[](const Tensor& x) {
         return at::cat({x, x.relu(), x.neg()}, 1);
       }}},
      {"_unsafe_view", {[](const Tensor& x) {
         return at::_unsafe_view(x, {x.size(0), -1}).neg();
       }}},
      {"flatten", {[](const Tensor& x) { return x.flatten(1).neg(); }}},
      {"reshape", {[](const Tensor& x) {
         return x.reshape({x.size(0), 2, 2, -1}).neg();
       }}},
      {"reshape_as",
       {[](const Tensor& x) { return x.flatten(1).neg().reshape_as(x).relu(); }, {2, 4, 6}}},
      {"squeeze", {[](const Tensor& x) { return x.amax({1}, true).squeeze(1).neg(); }, {2, 4, 6}}},
      {"unflatten",
       {[](const Tensor& x) {
          return x.unflatten(1, {2, 2}).neg();
        },
        {2, 4, 6}}},
      {"unsqueeze", {[](const Tensor& x) { return x.unsqueeze(1).neg(); }, {2, 4, 6}}},
      {"view", {[](const Tensor& x) {
         return x.view({x.size(0), -1}).neg();
       }}},
      {"view_as",
       {[](const Tensor& x) { return x.flatten(1).neg().view_as(x).relu(); }, {2, 4, 6}}},
      {"permute", {[](const Tensor& x) {
         return x.permute({0, 2, 3, 1}).neg();
       }}},
      {"transpose", {[](const Tensor& x) { return x.transpose(1, -1).neg(); }}},
      {"t", {[](const Tensor& x) { return at::mm(x, x.neg().t()); }, {3, 5}}},
      {"slice", {[](const Tensor& x) { return x.slice(1, 1, 4, 2).neg(); }}},
      {"select", {[](const Tensor& x) { return x.select(1, 2).neg(); }, {2, 4, 6}}},
      {"constant_pad_nd", {[](const Tensor& x) {
         return at::constant_pad_nd(x, {1, 2, 0, 3}, .5);
       }}},
      {"pad", {[](const Tensor& x) {
         return at::pad(x, {1, 2, 0, 3}, "constant", .5);
       }}},
  };
}

std::map<std::string_view, AtenExample> of_rows() {
  using at::Tensor;
  static const Tensor weight = table_of({6, 5}), bias = table_of({6}), other = table_of({5, 4});
  static const Tensor words = table_of({20, 4});
  return {
      {"linear", {[](const Tensor& x) { return at::linear(x, weight, bias); }, {3, 5}}},
      {"addmm", {[](const Tensor& x) { return at::addmm(bias, x, weight.t()); }, {3, 5}}},
      {"matmul", {[](const Tensor& x) { return at::matmul(x, other); }, {3, 2, 5}}},
      {"mm", {[](const Tensor& x) { return at::mm(x, other); }, {3, 5}}},
      {"bmm", {[](const Tensor& x) { return at::bmm(x, x.transpose(1, 2)); }, {3, 2, 5}}},
      {"layer_norm", {[](const Tensor& x) { return at::layer_norm(x, {5}); }, {3, 2, 5}}},
      {"embedding", {[](const Tensor& x) { return at::embedding(words, x); }, {3, 2}}},
  };
}

std::map<std::string_view, AtenExample> of_no_op() {
  using at::Tensor;
  const auto dropped = [](const Tensor& x) { return at::dropout(x, .5, false).neg(); };
  return {
      {"alias", {[](const Tensor& x) { return at::alias(x).neg(); }}},
      {"clone", {[](const Tensor& x) { return x.clone().neg(); }}},
      {"contiguous", {[](const Tensor& x) { return x.contiguous().neg(); }}},
      {"detach", {[](const Tensor& x) { return x.detach().neg(); }}},
      {"dropout", {dropped}},
      {"feature_dropout",
       {[](const Tensor& x) { return at::feature_dropout(x, .5, false).neg(); }}},
      {"expand", {[](const Tensor& x) { return x.expand(x.sizes()).neg(); }}},
      {"expand_as", {[](const Tensor& x) { return x.expand_as(x).neg(); }}},
      {"empty_like", {[](const Tensor& x) { return at::empty_like(x).fill_(2) * x; }}},
      {"fill", {[](const Tensor& x) { return x.clone().fill_(2) * x; }}},
      {"ones_like", {[](const Tensor& x) { return at::ones_like(x) + x; }}},
      {"zeros_like", {[](const Tensor& x) { return at::zeros_like(x) + x; }}},
  };
}

const std::map<std::string_view, AtenExample>& aten_examples() {
  static const auto table = [] {
    std::map<std::string_view, AtenExample> all;
    for (auto part : {elementwise(), of_images(), of_shapes(), of_rows(), of_no_op()})
      all.merge(part);
    return all;
  }();
  return table;
}

bool has_op(const edge::Graph& graph, std::string_view op) {
  return std::ranges::any_of(graph.nodes, [&](const auto& node) { return node.op->name == op; });
}

void expect_same(edge::Graph graph, const AtenExample& example, const at::Tensor& x) {
  graph::run_passes(graph);
  const at::Tensor expected = example.run(x), got = Runner(graph).run(x)[0];
  ASSERT_EQ(got.sizes(), expected.sizes());
  EXPECT_LE((got - expected).abs().max().item<double>(),
            1e-4 * std::max(1., expected.abs().max().item<double>()));
}

// `spec`: null where the name stands for no op.
void check_example(std::string_view name, const AtenExample& example, const graph::OpSpec* spec) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(3);
  at::Tensor x = at::randn(example.shape);
  if (name == "embedding") x = at::randint(0, 20, example.shape, at::kLong);
  NoModule module;
  const edge::Graph traced = trace(module, example.run, x);
  if (spec) {
    EXPECT_TRUE(has_op(traced, spec->op())) << edge::to_text(traced);
  }
  expect_same(traced, example, x);
  const bool written = std::ranges::all_of(traced.nodes, [](const edge::Node& node) {
    return graph::find_spec(node.op->name)->onnx.write != nullptr;
  });
  EXPECT_EQ(written, !spec || spec->onnx.write);
  if (written) expect_same(value_or_throw(graph::read_onnx(graph::write_onnx(traced))), example, x);
}

void check_name(std::string_view name, const graph::OpSpec* spec) {
  SCOPED_TRACE(name);
  const auto found = aten_examples().find(name);
  ASSERT_NE(found, aten_examples().end()) << "add an example";
  try {
    check_example(name, found->second, spec);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

TEST(OpSpec, EachNameOfLibtorchIsTracedAndComesBackFromOnnx) {
  for (const graph::OpSpec& spec : graph::op_specs()) {
    if (spec.aten.empty()) {
      EXPECT_GT(spec.aten_lacks.size(), 10u) << spec.op() << ": say why libtorch has no such op";
    }
    for (const std::string_view name : spec.aten_names()) check_name(name, &spec);
  }
  for (const std::string_view name : graph::aten_names_without_op()) check_name(name, nullptr);
}

TEST(OpSpec, AllThatCanBeTracedIsInTheTable) {
  size_t names = graph::aten_names_without_op().size();
  for (const graph::OpSpec& spec : graph::op_specs()) names += spec.aten_names().size();
  EXPECT_EQ(traceable_ops().size(), names);
}

}  // namespace
}  // namespace paucal::trace
