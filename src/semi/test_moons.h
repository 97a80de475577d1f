#pragma once
// Two moons, and a small network on them: enough to see whether a method learns from samples
// without a label, in a second.

#include <torch/torch.h>

#include <numbers>

#include "semi/test_run.h"

namespace paucal::semi {

class MoonNetwork : public torch::nn::Module, public Network {
 public:
  static constexpr int64_t kFeatures = 32;

  explicit MoonNetwork(uint64_t seed) {
    torch::manual_seed(seed);
    first_ = register_module("first", torch::nn::Linear(2, kFeatures));
    norm_ = register_module("norm", torch::nn::BatchNorm1d(kFeatures));
    second_ = register_module("second", torch::nn::Linear(kFeatures, kFeatures));
    last_ = register_module("last", torch::nn::Linear(kFeatures, 2));
  }
  Outputs forward(const at::Tensor& views) override {
    const at::Tensor hidden = torch::leaky_relu(norm_->forward(first_->forward(views)), .1);
    const at::Tensor features = torch::leaky_relu(second_->forward(hidden), .1);
    return {last_->forward(features), features};
  }
  torch::nn::Module& module() override { return *this; }

 private:
  torch::nn::Linear first_{nullptr}, second_{nullptr}, last_{nullptr};
  torch::nn::BatchNorm1d norm_{nullptr};
};

struct Moons {
  using Net = MoonNetwork;
  static constexpr int64_t kClasses = 2, kBatch = 8, kLabelled = 6, kUnlabelled = 600;
  static constexpr int kMostMu = 7;
  static constexpr bool kLabelledAsUnlabelled = true;  // weak views of one strength

  std::vector<std::array<float, 2>> points;
  std::vector<int64_t> classes;

  Moons(int64_t count, uint64_t seed) {
    for (int64_t i = 0; i < count; ++i) {
      Random random(seed, 1, static_cast<uint64_t>(i));
      const int64_t c = i % 2;
      const double angle = random.uniform(0, std::numbers::pi);
      const double x = c == 0 ? std::cos(angle) : 1 - std::cos(angle);
      const double y = c == 0 ? std::sin(angle) : .5 - std::sin(angle);
      points.push_back({static_cast<float>(x + .08 * random.normal()),
                        static_cast<float>(y + .08 * random.normal())});
      classes.push_back(c);
    }
  }

  // [N, 2], each point moved by normal noise.
  at::Tensor views(const std::vector<int64_t>& items, double noise, Random& random) const {
    std::vector<float> values;
    for (const int64_t i : items)
      for (const float coordinate : points[static_cast<size_t>(i)])
        values.push_back(coordinate + static_cast<float>(noise * random.normal()));
    return torch::tensor(values).view({static_cast<int64_t>(items.size()), 2});
  }
  at::Tensor views(const std::vector<int64_t>& items, Strength strength, Random& random) const {
    return views(items,
                 strength == Strength::kNone   ? 0
                 : strength == Strength::kWeak ? .03
                                               : .12,
                 random);
  }
};

using MoonRun = MethodRun<Moons>;

}  // namespace paucal::semi
