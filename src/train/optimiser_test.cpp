#include "train/optimiser.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "base/error.h"

namespace paucal::train {
namespace {

torch::nn::Sequential make_small_net() {
  torch::manual_seed(3);
  return torch::nn::Sequential(torch::nn::Linear(5, 8), torch::nn::BatchNorm1d(8),
                               torch::nn::Tanh(), torch::nn::Linear(8, 3));
}

// The gradients of batch `index`: a regression on fixed numbers.
void backward(torch::nn::Sequential& net, int index) {
  const at::Tensor x = torch::arange(30, at::kFloat).add(index).sin().view({6, 5});
  (net->forward(x) - x.slice(1, 0, 3).cos()).pow(2).mean().backward();
}

void train(torch::nn::Sequential& net, Optimiser& optimiser, int from, int to) {
  for (int i = from; i < to; ++i) {
    optimiser.zero_grad();
    backward(net, i);
    optimiser.step(1 - 0.02 * i);
  }
}

// Weights and the rest (norms, biases) as torch's parameter groups.
std::vector<std::vector<at::Tensor>> groups_of(torch::nn::Sequential& net) {
  std::vector<std::vector<at::Tensor>> groups(2);
  for (const at::Tensor& parameter : net->parameters())
    groups[parameter.dim() > 1 ? 0 : 1].push_back(parameter);
  return groups;
}

template <class Options>
std::vector<torch::optim::OptimizerParamGroup> torch_groups(torch::nn::Sequential& net,
                                                            Options decayed, Options plain) {
  const auto groups = groups_of(net);
  return {{groups[0], std::make_unique<Options>(decayed)},
          {groups[1], std::make_unique<Options>(plain)}};
}

template <class Options, class TorchOptimiser>
void train_torch(torch::nn::Sequential& net, TorchOptimiser& optimiser, double lr, int steps) {
  for (int i = 0; i < steps; ++i) {
    for (auto& group : optimiser.param_groups())
      static_cast<Options&>(group.options()).lr(lr * (1 - 0.02 * i));
    optimiser.zero_grad();
    backward(net, i);
    optimiser.step();
  }
}

double greatest_difference(torch::nn::Sequential& a, torch::nn::Sequential& b) {
  double greatest = 0;
  const auto pa = a->parameters(), pb = b->parameters();
  for (size_t i = 0; i < pa.size(); ++i)
    greatest = std::max(greatest, (pa[i] - pb[i]).abs().max().item<double>());
  return greatest;
}

// The norm before gradients are clipped.
double clip(Optimiser& optimiser) {
  const double norm = optimiser.gradient_norm().item<double>();
  optimiser.clip_gradients(norm);
  return norm;
}

OptimiserOptions adamw() {
  OptimiserOptions options;
  options.name = "adamw";
  options.lr = 0.01;
  options.weight_decay = 0.1;
  return options;
}

TEST(Optimiser, SgdEqualsTorch) {
  for (const bool nesterov : {true, false}) {
    auto ours = make_small_net(), theirs = make_small_net();
    OptimiserOptions options;
    options.lr = 0.1;
    options.nesterov = nesterov;
    options.weight_decay = 0.01;
    Optimiser optimiser(*ours, options);
    train(ours, optimiser, 0, 20);
    using Sgd = torch::optim::SGDOptions;
    const Sgd plain = Sgd(0.1).momentum(0.9).nesterov(nesterov);
    torch::optim::SGD reference(torch_groups(theirs, Sgd(plain).weight_decay(0.01), plain), plain);
    train_torch<Sgd>(theirs, reference, 0.1, 20);
    EXPECT_LE(greatest_difference(ours, theirs), 1e-7);
    auto untrained = make_small_net();
    EXPECT_GT(greatest_difference(ours, untrained), 0.01);
  }
}

TEST(Optimiser, AdamwEqualsTorch) {
  auto ours = make_small_net(), theirs = make_small_net();
  Optimiser optimiser(*ours, adamw());
  train(ours, optimiser, 0, 20);
  using AdamW = torch::optim::AdamWOptions;
  const AdamW plain = AdamW(0.01).weight_decay(0);
  torch::optim::AdamW reference(torch_groups(theirs, AdamW(plain).weight_decay(0.1), plain), plain);
  train_torch<AdamW>(theirs, reference, 0.01, 20);
  EXPECT_LE(greatest_difference(ours, theirs), 1e-7);
}

TEST(Optimiser, OnlyWeightsDecay) {
  auto net = make_small_net();
  OptimiserOptions options;
  options.weight_decay = 0.5;
  options.momentum = 0;
  Optimiser optimiser(*net, options);
  std::vector<at::Tensor> before;
  for (const at::Tensor& parameter : net->parameters()) {
    before.push_back(parameter.detach().clone());
    parameter.mutable_grad() = at::zeros_like(parameter);
  }
  optimiser.step();
  const auto after = net->parameters();
  for (size_t i = 0; i < after.size(); ++i) {
    const at::Tensor expected = after[i].dim() > 1 ? before[i] * (1 - 0.03 * 0.5) : before[i];
    EXPECT_TRUE(at::allclose(after[i], expected, 1e-6, 0)) << i;
  }
}

TEST(Optimiser, ResumedIsBitEqual) {
  for (const OptimiserOptions& options : {OptimiserOptions{}, adamw()}) {
    auto straight = make_small_net();
    Optimiser optimiser(*straight, options);
    train(straight, optimiser, 0, 10);
    TensorMap saved;
    for (const auto& [name, tensor] : optimiser.state()) saved.emplace(name, tensor.clone());
    auto resumed = make_small_net();
    {
      const at::NoGradGuard no_grad;
      for (const auto& item : straight->named_parameters())
        resumed->named_parameters()[item.key()].copy_(item.value());
    }
    train(straight, optimiser, 10, 20);

    Optimiser other(*resumed, options);
    other.load_state(saved);
    train(resumed, other, 10, 20);
    EXPECT_EQ(greatest_difference(straight, resumed), 0) << options.name;
  }
}

TEST(Optimiser, RefusesStateThatDoesNotFitAndChangesNothing) {
  auto net = make_small_net();
  Optimiser optimiser(*net, {});
  train(net, optimiser, 0, 1);
  TensorMap state;
  for (const auto& [name, tensor] : optimiser.state()) state.emplace(name, at::zeros_like(tensor));
  ASSERT_TRUE(state.contains("momentum.0.weight"));
  state.erase("momentum.0.bias");
  state["momentum.3.weight"] = at::zeros({2, 2});
  state["momentum.1.bias"] = at::zeros({8}, at::kDouble);
  state["momentum.9.bias"] = at::zeros({3});
  try {
    optimiser.load_state(state);
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    const std::string& message = error.message();
    EXPECT_NE(message.find("'momentum.0.bias' is missing"), std::string::npos) << message;
    EXPECT_NE(message.find("'momentum.3.weight' is Float [2, 2], expected Float [3, 8]"),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("'momentum.1.bias' is Double [8]"), std::string::npos) << message;
    EXPECT_NE(message.find("'momentum.9.bias' is not known"), std::string::npos) << message;
  }
  EXPECT_GT(optimiser.state().at("momentum.0.weight").abs().sum().item<double>(), 0);
}

TEST(Optimiser, ClipsByTheNormOfAllGradients) {
  at::Tensor a = torch::zeros({2, 2}, torch::requires_grad());
  at::Tensor b = torch::zeros({1}, torch::requires_grad());
  OptimiserOptions options;
  options.clip_norm = 1;
  Optimiser optimiser({{"a", a}, {"b", b}}, options);
  EXPECT_EQ(clip(optimiser), 0);  // no gradients yet
  a.mutable_grad() = torch::full({2, 2}, 2.0F);
  b.mutable_grad() = torch::full({1}, 3.0F);
  EXPECT_DOUBLE_EQ(clip(optimiser), 5);
  EXPECT_NEAR(a.grad()[0][0].item<double>(), 0.4, 1e-7);
  EXPECT_NEAR(b.grad()[0].item<double>(), 0.6, 1e-7);
  EXPECT_NEAR(clip(optimiser), 1, 1e-6);
  b.mutable_grad().fill_(NAN);
  EXPECT_TRUE(std::isnan(clip(optimiser)));
  EXPECT_NEAR(a.grad()[0][0].item<double>(), 0.4, 1e-6);
}

TEST(Optimiser, ParametersWithoutGradientStay) {
  at::Tensor used = torch::ones({2, 2}, torch::requires_grad());
  at::Tensor unused = torch::ones({2, 2}, torch::requires_grad());
  Optimiser optimiser({{"used", used}, {"unused", unused}}, adamw());
  used.mutable_grad() = torch::ones({2, 2});
  optimiser.step();
  EXPECT_TRUE(at::equal(unused, torch::ones({2, 2})));
  EXPECT_EQ(optimiser.state().at("steps.unused").item<int64_t>(), 0);
  EXPECT_EQ(optimiser.state().at("steps.used").item<int64_t>(), 1);
  optimiser.zero_grad();
  EXPECT_FALSE(used.grad().defined());
}

TEST(Optimiser, SlowParametersMoveAtTheirShareOrNotAtAll) {
  const auto moved = [](const std::set<std::string>& slow, bool frozen) {
    const at::Tensor a = torch::ones({2, 2}).requires_grad_();
    const at::Tensor b = torch::ones({2, 2}).requires_grad_();
    Optimiser optimiser({{"a", a}, {"b", b}},
                        {.name = "sgd", .lr = 1, .momentum = 0, .weight_decay = 0});
    optimiser.slow_down(slow, .25);
    optimiser.freeze_slow(frozen);
    (a + 2 * b).sum().backward();
    optimiser.step();
    return std::pair{1 - a[0][0].item<double>(), 1 - b[0][0].item<double>()};
  };
  EXPECT_EQ(moved({}, false), (std::pair{1., 2.}));
  EXPECT_EQ(moved({"b"}, false), (std::pair{1., .5}));
  EXPECT_EQ(moved({"b"}, true), (std::pair{1., 0.}));
  EXPECT_THROW(moved({"c"}, false), Error);
}

TEST(Optimiser, RefusesUnclearParameters) {
  const at::Tensor tensor = torch::ones({2});
  OptimiserOptions unknown;
  unknown.name = "adam";
  EXPECT_THROW(Optimiser({{"a", tensor}}, unknown), Error);
  EXPECT_THROW(Optimiser({{"a", tensor}, {"a", tensor}}, {}), Error);
  EXPECT_THROW(Optimiser({{"a", at::Tensor()}}, {}), Error);
  EXPECT_THROW(Optimiser({{"a", torch::ones({2}, at::kLong)}}, {}), Error);
}

TEST(Optimiser, FrozenParametersAreLeftOutAndTiedOnesComeOnce) {
  struct Tied : torch::nn::Module {
    Tied() {
      const at::Tensor shared = torch::ones({2});
      register_parameter("a", shared);
      register_parameter("b", shared);
      register_parameter("frozen", torch::ones({2}), false);
    }
  } module;
  const NamedTensors found = trainable_parameters(module);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].first, "a");
}

}  // namespace
}  // namespace paucal::train
