// Every op that has a counterpart in libtorch, against it, over drawn shapes and attributes: traced
// at one size, run at others, with all passes.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/random.h"
#include "graph/passes.h"
#include "models/proposals.h"
#include "models/roi_align.h"
#include "trace/trace.h"
#include "trace/verify.h"

namespace paucal::trace {
namespace {

using OpShape = std::vector<int64_t>;

constexpr double kTight = 1e-5;
constexpr double kWinograd = 1e-4;  // 3 × 3 convolutions in transformed tiles

struct Empty : torch::nn::Module {
  Empty() { eval(); }
};

// Inputs of both signs at three sizes of the free dimensions.
void compare(const std::function<at::Tensor(const at::Tensor&)>& run, const OpShape& shape,
             double tolerance = kTight) {
  Empty module;
  torch::manual_seed(11);
  const torch::NoGradGuard no_grad;
  edge::Graph graph = trace(module, run, at::randn(shape), {.tolerance = tolerance});
  graph::run_passes(graph);
  Runner runner(graph);
  for (const int64_t more : {0, 1, 6}) {
    OpShape sizes = shape;
    sizes[0] += more;
    for (size_t d = 2; shape.size() == 4 && d < 4; ++d) sizes[d] += more;
    const at::Tensor x = at::randn(sizes);
    const at::Tensor expected = run(x), got = runner.run(x)[0];
    ASSERT_EQ(got.sizes(), expected.sizes());
    if (expected.numel() == 0) continue;
    ASSERT_LE((got - expected).abs().max().item<double>(),
              tolerance * std::max(1e-3, expected.abs().max().item<double>()))
        << "for " << at::IntArrayRef(sizes);
  }
}

int64_t draw(Random& random, int64_t low, int64_t high) {
  return low + random.below(high - low + 1);
}

TEST(Ops, Conv2d) {
  for (uint64_t i = 0; i < 24; ++i) {
    Random random(5, 1, i);
    const int64_t groups = draw(random, 1, 3), in = groups * draw(random, 1, 9),
                  out = groups * draw(random, 1, 12);
    const OpShape kernel{draw(random, 1, 5), draw(random, 1, 5)};
    const OpShape stride{draw(random, 1, 3), draw(random, 1, 2)};
    const OpShape padding{draw(random, 0, 2), draw(random, 0, 2)};
    const OpShape dilation{draw(random, 1, 2), draw(random, 1, 2)};
    const at::Tensor weight = at::randn({out, in / groups, kernel[0], kernel[1]});
    const at::Tensor bias = i % 2 ? at::randn({out}) : at::Tensor();
    SCOPED_TRACE(i);
    compare(
        [&](const at::Tensor& x) {
          return at::conv2d(x, weight, bias, stride, padding, dilation, groups);
        },
        {1, in, draw(random, 10, 17), draw(random, 10, 17)},
        kernel == OpShape{3, 3} ? kWinograd : kTight);
  }
}

TEST(Ops, Conv2dDepthwiseAndWinograd) {
  for (const int64_t channels : {8, 16, 33}) {
    const at::Tensor depthwise = at::randn({channels, 1, 3, 3});
    const at::Tensor full = at::randn({channels, channels, 3, 3});
    compare([&](const at::Tensor& x) { return at::conv2d(x, depthwise, {}, 1, 1, 1, channels); },
            {1, channels, 12, 9});
    compare([&](const at::Tensor& x) { return at::relu(x + at::conv2d(x, full, {}, 1, 1)); },
            {1, channels, 12, 9}, kWinograd);
  }
}

TEST(Ops, BatchNorm) {
  const at::Tensor w = at::rand({5}), b = at::randn({5}), m = at::randn({5}), v = at::rand({5});
  for (const bool affine : {true, false})
    for (const OpShape& shape : {OpShape{2, 5, 4, 6}, OpShape{3, 5}})
      compare(
          [&](const at::Tensor& x) {
            return at::batch_norm(x, affine ? w : at::Tensor(), affine ? b : at::Tensor(), m, v,
                                  false, .1, 1e-3, false);
          },
          shape);
}

TEST(Ops, Pools) {
  for (uint64_t i = 0; i < 16; ++i) {
    Random random(5, 2, i);
    const OpShape kernel{draw(random, 1, 4), draw(random, 1, 4)};
    const OpShape stride{draw(random, 1, 3), draw(random, 1, 3)};
    const OpShape padding{draw(random, 0, kernel[0] / 2), draw(random, 0, kernel[1] / 2)};
    const OpShape shape{1, draw(random, 1, 20), draw(random, 9, 15), draw(random, 9, 15)};
    const bool ceil = i % 2 == 1;
    const int64_t dilation = draw(random, 1, 2);
    SCOPED_TRACE(i);
    compare(
        [&](const at::Tensor& x) {
          return at::max_pool2d(x, kernel, stride, padding, dilation, ceil);
        },
        shape);
    compare(
        [&](const at::Tensor& x) {
          return at::avg_pool2d(x, kernel, stride, padding, ceil, i % 4 < 2);
        },
        shape);
  }
  compare([](const at::Tensor& x) { return at::adaptive_avg_pool2d(x, {1, 1}); }, {1, 9, 5, 7});
  for (const bool keep : {true, false})
    compare([&](const at::Tensor& x) { return x.mean({2, 3}, keep); }, {1, 9, 5, 7});
}

TEST(Ops, Resizes) {
  using Sizes = at::OptionalIntArrayRef;
  const std::vector<double> factors{1.5, 2.25};
  compare([](const at::Tensor& x) { return at::upsample_nearest2d(x, {11, 6}); }, {1, 3, 5, 9});
  compare([&](const at::Tensor& x) { return at::upsample_nearest2d(x, Sizes(), factors); },
          {1, 3, 5, 9});
  for (const bool corners : {false, true}) {
    compare(
        [&](const at::Tensor& x) {
          return at::upsample_bilinear2d(x, {11, 6}, corners);
        },
        {1, 3, 5, 9});
    compare(
        [&](const at::Tensor& x) { return at::upsample_bilinear2d(x, Sizes(), corners, factors); },
        {1, 3, 5, 9});
  }
}

TEST(Ops, RegionsOfAMapAndTheirFeatures) {
  const edge::ProposalOptions options{.count = 16, .min_side = 6};
  compare([&](const at::Tensor& x) { return models::propose_rois(x, 8, options); }, {1, 3, 9, 7},
          1e-6);
  const at::Tensor rois = torch::tensor({{0.f, 3.f, 5.f, 40.f, 30.f}, {0.f, -8.f, 0.f, 9.f, 70.f}});
  compare(
      [&](const at::Tensor& x) {
        return models::roi_align(x, rois, {.size = 3, .scale = .125, .sampling = 2});
      },
      {1, 5, 9, 7});
}

TEST(Ops, Elementwise) {
  using Function = at::Tensor (*)(const at::Tensor&);
  const Function functions[] = {
      [](const at::Tensor& x) { return at::relu(x); },
      [](const at::Tensor& x) { return at::clamp(x, -.5, .7); },
      [](const at::Tensor& x) { return at::clamp_min(x, -.5); },
      [](const at::Tensor& x) { return at::clamp_max(x, .5); },
      [](const at::Tensor& x) { return at::hardtanh(x, -1, 1); },
      [](const at::Tensor& x) { return at::relu6(4 * x); },
      [](const at::Tensor& x) { return at::leaky_relu(x, .1); },
      [](const at::Tensor& x) { return at::sigmoid(x); },
      [](const at::Tensor& x) { return at::tanh(x); },
      [](const at::Tensor& x) { return at::silu(x); },
      [](const at::Tensor& x) { return at::hardswish(2 * x); },
      [](const at::Tensor& x) { return at::hardsigmoid(2 * x); },
      [](const at::Tensor& x) { return at::gelu(x); },
      [](const at::Tensor& x) { return at::gelu(x, "tanh"); },
      [](const at::Tensor& x) { return at::exp(x); },
      [](const at::Tensor& x) { return at::log(at::exp(x) + 1); },
      [](const at::Tensor& x) { return at::sqrt(at::exp(x)); },
      [](const at::Tensor& x) { return at::neg(x); },
      [](const at::Tensor& x) { return at::add(x, at::tanh(x), -2.5); },
      [](const at::Tensor& x) { return 1 - x; },
      [](const at::Tensor& x) { return at::sub(x, at::tanh(x)); },
      [](const at::Tensor& x) { return x * at::sigmoid(x); },
      [](const at::Tensor& x) { return x / (1 + at::exp(x)); },
      [](const at::Tensor& x) { return x.detach().clone().contiguous().add_(1).mul_(.5).relu_(); },
  };
  for (const Function function : functions) {
    SCOPED_TRACE(&function - functions);
    compare(function, {2, 5, 7, 3});
    compare(function, {9});
  }
}

TEST(Ops, Broadcasting) {
  const at::Tensor channels = at::randn({4, 1, 1}), places = at::randn({1, 1, 1, 1});
  compare([&](const at::Tensor& x) { return x * channels + places; }, {2, 4, 5, 3});
  compare([](const at::Tensor& x) { return x * x.mean({2, 3}, true); }, {2, 4, 5, 3});
}

TEST(Ops, Shapes) {
  compare([](const at::Tensor& x) { return x.flatten(1).relu(); }, {2, 3, 4});
  compare([](const at::Tensor& x) { return x.flatten(2).transpose(1, 2).relu(); }, {2, 3, 4, 5});
  compare([](const at::Tensor& x) { return x.permute({0, 2, 3, 1}).neg(); }, {2, 3, 4, 5});
  compare([](const at::Tensor& x) { return x.unsqueeze(1).neg().squeeze(1).relu(); }, {2, 3, 4});
  compare([](const at::Tensor& x) { return x.slice(1, 1, 6, 2).neg(); }, {2, 7, 4});
  compare([](const at::Tensor& x) { return x.slice(1, -3).neg(); }, {2, 7, 4});
  compare([](const at::Tensor& x) { return x.select(1, 2).neg(); }, {2, 7, 4});
  compare([](const at::Tensor& x) { return x.select(1, -1).neg(); }, {2, 7, 4});
  compare([](const at::Tensor& x) { return at::cat({x, x.relu(), x.neg()}, 1); }, {2, 3, 4, 5});
  compare([](const at::Tensor& x) { return at::cat({x, x.relu()}, -1); }, {2, 3, 4, 5});
  compare(
      [](const at::Tensor& x) {
        return at::constant_pad_nd(x, {1, 2, 0, 3}, .5);
      },
      {2, 3, 4, 5});
}

TEST(Ops, Matrices) {
  const at::Tensor weight = at::randn({6, 5}), bias = at::randn({6}), other = at::randn({5, 4});
  for (const OpShape& shape : {OpShape{3, 5}, OpShape{2, 4, 5}}) {
    compare([&](const at::Tensor& x) { return at::linear(x, weight, bias); }, shape);
    compare([&](const at::Tensor& x) { return at::linear(x, weight).relu(); }, shape);
    compare([&](const at::Tensor& x) { return at::matmul(x, other); }, shape);
    compare([](const at::Tensor& x) { return at::softmax(x, -1); }, shape);
    compare([](const at::Tensor& x) { return at::log_softmax(x, 1); }, shape);
  }
  compare([](const at::Tensor& x) { return at::bmm(x, x.transpose(1, 2)); }, {2, 4, 5});
  compare([](const at::Tensor& x) { return at::softmax(x, 1); }, {2, 4, 5, 3});
}

}  // namespace
}  // namespace paucal::trace
