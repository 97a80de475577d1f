#include "trace/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "edge/graph/op.h"
#include "graph/passes.h"
#include "models/image_model.h"
#include "trace/verify.h"

namespace paucal::trace {
namespace {

namespace nn = torch::nn;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using Shape = std::vector<int64_t>;

// Weights and statistics as after training, so that no layer does nothing.
void fill(nn::Module& module) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(3);
  for (auto& item : module.named_parameters())
    if (item.value().dim() == 1) item.value().uniform_(.5, 1);
  for (auto& item : module.named_buffers())
    if (item.value().is_floating_point()) item.value().uniform_(.3, 1);
}

// Traced at one size, through the passes; then at others, against libtorch.
void expect_equal(const edge::Graph& traced, const Forward& forward,
                  const std::vector<at::Tensor>& inputs) {
  const torch::NoGradGuard no_grad;
  edge::Graph graph = traced;
  graph::run_passes(graph);
  Runner runner(graph);
  for (const at::Tensor& x : inputs) {
    const auto expected = forward(x);
    const auto got = runner.run(x);
    ASSERT_EQ(got.size(), expected.size());
    for (size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i].sizes(), expected[i].sizes());
      const double largest = expected[i].abs().max().item<double>();
      EXPECT_LE((got[i] - expected[i]).abs().max().item<double>(), 1e-4 * largest) << x.sizes();
    }
  }
}

std::string error_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

int count(const edge::Graph& graph, std::string_view op) {
  return static_cast<int>(
      std::ranges::count_if(graph.nodes, [&](const edge::Node& n) { return n.op->name == op; }));
}

class EveryNetwork : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryNetwork, RunsAtOtherSizesThanItWasTracedAt) {
  models::ModelOptions options;
  options.arch = GetParam();
  options.width = 8;
  const auto model = models::make_model(options, 5);
  fill(*model);
  model->eval();
  const Forward forward = [&](const at::Tensor& x) {
    const models::Output output = model->forward(x);
    return std::vector<at::Tensor>{output.map, output.logits()};
  };
  const edge::Graph traced =
      trace(*model, forward, torch::rand({1, 3, 64, 64}), {.outputs = {"map", "logits"}});
  EXPECT_EQ(traced.value(traced.inputs[0]).shape, (edge::Shape{-1, 3, -1, -1}));
  EXPECT_EQ(traced.value(traced.outputs[0]).name, "map");
  const std::string& first = traced.nodes[0].name;
  EXPECT_THAT(first, AnyOf("conv1", "stem", "stem.branch0", "stages.0.down"));
  EXPECT_EQ(traced.value(traced.nodes[0].inputs[1]).name, first + ".weight");
  expect_equal(
      traced, forward,
      {torch::rand({2, 3, 96, 160}), torch::rand({1, 3, 75, 101}), torch::rand({2, 3, 64, 64})});
}

INSTANTIATE_TEST_SUITE_P(Trace, EveryNetwork, ::testing::ValuesIn(models::model_names()),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// Padding of TensorFlow's kind becomes part of the convolutions; taps are enlarged to the finest.
TEST(Trace, FoldsSamePaddingAndJoinsTaps) {
  models::ModelOptions options;
  options.arch = "efficientnet_lite0";
  options.width = 8;
  options.padding = "same";
  options.taps = {"s8", "s16"};
  const auto model = models::make_model(options, 2);
  fill(*model);
  model->eval();
  const Forward forward = [&](const at::Tensor& x) { return std::vector{model->forward(x).map}; };
  edge::Graph graph = trace(*model, forward, torch::rand({1, 3, 64, 64}));
  EXPECT_GT(count(graph, "pad"), 0);
  expect_equal(graph, forward, {torch::rand({2, 3, 96, 160}), torch::rand({1, 3, 64, 32})});
  graph::run_passes(graph);
  EXPECT_EQ(count(graph, "pad"), 0);
  EXPECT_EQ(count(graph, "batch_norm"), 0);
  EXPECT_EQ(count(graph, "resize_bilinear"), 1);
}

TEST(Trace, BranchesBecomeOneConvolution) {
  models::ModelOptions options;
  options.width = 8;
  options.cut = "s8";
  for (const auto& [arch, blocks] : {std::pair{"repvgg_a0", 1 + 2 + 4}, {"mobileone_s0", 21}}) {
    options.arch = arch;
    const auto model = models::make_model(options, 2);
    fill(*model);
    model->eval();
    const Forward forward = [&](const at::Tensor& x) { return std::vector{model->forward(x).map}; };
    edge::Graph graph = trace(*model, forward, torch::rand({1, 3, 64, 64}));
    expect_equal(graph, forward, {torch::rand({2, 3, 96, 160}), torch::rand({1, 3, 75, 101})});
    graph::run_passes(graph);
    EXPECT_EQ(count(graph, "add"), 0) << arch;
    EXPECT_EQ(count(graph, "batch_norm"), 0) << arch;
    EXPECT_EQ(count(graph, "max_pool2d"), 0) << arch;
    EXPECT_EQ(count(graph, "conv2d") + 2 * count(graph, "pointwise_depthwise"), blocks + 1) << arch;
  }
}

TEST(Trace, TakesTheSizeOfAPyramidLevelFromTheLevel) {
  models::ModelOptions options;
  options.arch = "pyramid10";
  options.width = 8;
  const auto model = models::make_model(options, 2);
  model->eval();
  edge::Graph graph = trace(
      *model, [&](const at::Tensor& x) { return model->forward(x).map; },
      torch::rand({1, 3, 64, 64}));
  EXPECT_EQ(count(graph, "resize_nearest"), 3);
  for (const edge::Node& node : graph.nodes) {
    if (node.op->name != "resize_nearest") continue;
    EXPECT_THAT(graph.value(node.input(1)).name, HasSubstr("lateral")) << node.name;
  }
  graph::run_passes(graph);
  EXPECT_EQ(count(graph, "add"), 0);
  EXPECT_EQ(count(graph, "batch_norm"), 0);
}

// MobileNetV2's inverted residual.
struct Inverted : nn::Module {
  nn::Sequential layers{nn::Conv2d(nn::Conv2dOptions(8, 24, 1).bias(false)),
                        nn::BatchNorm2d(24),
                        nn::ReLU6(nn::ReLU6Options().inplace(true)),
                        nn::Conv2d(nn::Conv2dOptions(24, 24, 3).padding(1).groups(24).bias(false)),
                        nn::BatchNorm2d(24),
                        nn::ReLU6(),
                        nn::Conv2d(nn::Conv2dOptions(24, 8, 1).bias(false)),
                        nn::BatchNorm2d(8)};
  nn::Linear fc{8, 4};
  Inverted() {
    register_module("layers", layers);
    register_module("fc", fc);
  }
  at::Tensor forward(const at::Tensor& x) {
    const at::Tensor y = x + layers->forward(x);
    const at::Tensor pooled = at::adaptive_avg_pool2d(y, {1, 1}).flatten(1);
    return fc->forward(at::dropout(pooled, .2, is_training()));
  }
};

TEST(Trace, FusesAnInvertedResidualIntoTwoNodes) {
  Inverted block;
  fill(block);
  block.eval();
  const auto forward = [&](const at::Tensor& x) { return std::vector{block.forward(x)}; };
  edge::Graph graph = trace(block, Forward(forward), torch::rand({1, 8, 16, 16}));
  expect_equal(graph, forward, {torch::rand({3, 8, 9, 21})});
  graph::run_passes(graph);
  EXPECT_EQ(count(graph, "pointwise_depthwise"), 1);
  EXPECT_EQ(count(graph, "conv2d"), 1);
  EXPECT_EQ(count(graph, "clamp"), 0);
  EXPECT_EQ(count(graph, "add"), 0);
  expect_equal(graph, forward, {torch::rand({3, 8, 9, 21})});
}

// Small modules of one function each.
struct Plain : nn::Module {
  explicit Plain(Forward run) : run_(std::move(run)) { eval(); }
  edge::Graph trace_at(const at::Tensor& example, const TraceOptions& options = {}) {
    return trace(*this, run_, example, options);
  }
  Forward run_;
};

TEST(Trace, KeepsTheBatchFreeThroughViews) {
  Plain plain([](const at::Tensor& x) {
    const at::Tensor y = x.view({x.size(0), -1}).relu();
    return std::vector{y.view({x.size(0), 3, -1}).transpose(1, 2), x.view({-1, 2, 12})};
  });
  const edge::Graph graph = plain.trace_at(torch::rand({2, 6, 4}));
  expect_equal(graph, plain.run_, {torch::rand({5, 6, 4}), torch::rand({1, 6, 4})});
}

TEST(Trace, SplitsHeadsWhileBatchAndLengthAreFree) {
  nn::Linear query(12, 12), key(12, 12), out(12, 12);
  struct Attention : nn::Module {
  } module;
  module.register_module("query", query);
  module.register_module("key", key);
  module.register_module("out", out);
  module.eval();
  const Forward forward = [&](const at::Tensor& x) {
    const auto heads = [&](const at::Tensor& y) {
      return y.view({y.size(0), y.size(1), 3, 4}).transpose(1, 2);
    };
    const at::Tensor q = heads(query(x)), k = heads(key(x));
    const at::Tensor weights = at::softmax(at::matmul(q, k.transpose(2, 3)) / 2.0, -1);
    const at::Tensor y = at::matmul(weights, k).transpose(1, 2).contiguous();
    return std::vector<at::Tensor>{x + out(y.view({x.size(0), x.size(1), 12}))};
  };
  const edge::Graph graph = trace(module, forward, torch::rand({2, 5, 12}), {.free = {0, 1}});
  EXPECT_EQ(count(graph, "linear"), 3);
  expect_equal(graph, forward, {torch::rand({1, 9, 12}), torch::rand({4, 2, 12})});
}

TEST(Trace, TellsWhichOpIsNotSupported) {
  Plain plain([](const at::Tensor& x) { return std::vector{x.relu().cumsum(1)}; });
  EXPECT_THAT(error_of([&] {
                plain.trace_at(torch::rand({1, 2, 8, 8}));
              }),
              AllOf(HasSubstr("aten::cumsum after 'x/relu'"), HasSubstr("not supported"),
                    HasSubstr("upsample_nearest2d")));
}

TEST(Trace, RefusesSizesThatNoShapeTells) {
  Plain odd([](const at::Tensor& x) {
    return std::vector{at::upsample_nearest2d(x, {x.size(2) + 3, x.size(3) + 3})};
  });
  EXPECT_THAT(
      error_of([&] {
        odd.trace_at(torch::rand({1, 2, 8, 8}));
      }),
      AllOf(HasSubstr("aten::upsample_nearest2d after 'x'"), HasSubstr("depend on the size")));
  Plain scaled([](const at::Tensor& x) { return std::vector{x * double(x.size(3))}; });
  EXPECT_THAT(error_of([&] {
                scaled.trace_at(torch::rand({1, 2, 8, 8}));
              }),
              HasSubstr("depends on the size of the input"));
}

TEST(Trace, DoublesASizeAsAScale) {
  Plain plain([](const at::Tensor& x) {
    return std::vector{at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2}),
                       at::upsample_bilinear2d(x, {7, 9}, false)};
  });
  const edge::Graph graph = plain.trace_at(torch::rand({1, 2, 8, 8}));
  expect_equal(graph, plain.run_, {torch::rand({2, 2, 5, 11})});
}

TEST(Trace, RefusesOtherOpsAtOtherSizes) {
  Plain plain(
      [](const at::Tensor& x) { return std::vector{x.size(3) > 16 ? x.relu() : x.sigmoid()}; });
  EXPECT_THAT(error_of([&] {
                plain.trace_at(torch::rand({1, 2, 16, 16}));
              }),
              AllOf(HasSubstr("aten::sigmoid"), HasSubstr("aten::relu")));
}

TEST(Trace, FindsWritesThroughViewsByRunningTheGraph) {
  Plain view([](const at::Tensor& x) {
    const at::Tensor y = x.neg();
    y.view({-1}).relu_();
    return std::vector{y.sigmoid()};
  });
  EXPECT_THAT(error_of([&] {
                view.trace_at(torch::rand({1, 2, 16, 16}));
              }),
              HasSubstr("differs from libtorch"));
}

TEST(Trace, RefusesTrainingMode) {
  Inverted block;
  EXPECT_THAT(error_of([&] {
                trace(
                    block, [&](const at::Tensor& x) { return block.forward(x); },
                    torch::rand({1, 8, 16, 16}));
              }),
              HasSubstr("training mode"));
}

}  // namespace
}  // namespace paucal::trace
