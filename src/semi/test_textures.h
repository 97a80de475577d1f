#pragma once
// Small pictures, and a small convolutional network on them. What it is, is a texture; its phase,
// contrast and the ground that it stands on say nothing, and of few labels are easily mistaken for
// what matters.

#include <torch/torch.h>

#include "semi/test_run.h"

namespace paucal::semi {

class TextureNetwork : public torch::nn::Module, public Network {
 public:
  static constexpr int64_t kFeatures = 16;

  explicit TextureNetwork(uint64_t seed) {
    torch::manual_seed(seed);
    first_ = register_module("first", convolution(1, 8));
    first_norm_ = register_module("first_norm", torch::nn::BatchNorm2d(8));
    second_ = register_module("second", convolution(8, kFeatures));
    second_norm_ = register_module("second_norm", torch::nn::BatchNorm2d(kFeatures));
    last_ = register_module("last", torch::nn::Linear(kFeatures, 3));
  }
  Outputs forward(const at::Tensor& views) override {
    const at::Tensor low =
        torch::max_pool2d(torch::leaky_relu(first_norm_->forward(first_->forward(views)), .1), 2);
    const at::Tensor features =
        torch::leaky_relu(second_norm_->forward(second_->forward(low)), .1).mean({2, 3});
    return {last_->forward(features), features};
  }
  torch::nn::Module& module() override { return *this; }

 private:
  static torch::nn::Conv2d convolution(int64_t from, int64_t to) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, 3).padding(1).bias(false));
  }

  torch::nn::Conv2d first_{nullptr}, second_{nullptr};
  torch::nn::BatchNorm2d first_norm_{nullptr}, second_norm_{nullptr};
  torch::nn::Linear last_{nullptr};
};

// Stripes across, stripes along, or a chequered board, faint on a slanting ground, with noise.
struct Textures {
  using Net = TextureNetwork;
  static constexpr int64_t kClasses = 3, kBatch = 6, kLabelled = 18, kUnlabelled = 300;
  static constexpr int kMostMu = 4;
  static constexpr bool kLabelledAsUnlabelled = false;  // weak views of one strength
  static constexpr int kSide = 12, kPeriod = 4;

  std::vector<std::vector<float>> pictures;  // [kSide * kSide]
  std::vector<int64_t> classes;

  Textures(int64_t count, uint64_t seed) {
    for (int64_t i = 0; i < count; ++i) {
      Random random(seed, 3, static_cast<uint64_t>(i));
      classes.push_back(i % kClasses);
      pictures.push_back(picture(classes.back(), random));
    }
  }

  // [N, 1, kSide, kSide]: shifted, of another brightness, noisy, with a patch cut out.
  at::Tensor views(const std::vector<int64_t>& items, Strength strength, Random& random) const {
    const double noise = strength == Strength::kStrong ? .3 : .15;
    std::vector<float> values;
    for (const int64_t item : items) {
      const std::vector<float>& picture = pictures[static_cast<size_t>(item)];
      if (strength == Strength::kNone) {
        values.insert(values.end(), picture.begin(), picture.end());
        continue;
      }
      const bool strong = strength == Strength::kStrong;
      const int reach = strong ? 3 : 2;
      const auto dx = static_cast<int>(random.below(2 * reach + 1)) - reach;
      const auto dy = static_cast<int>(random.below(2 * reach + 1)) - reach;
      const double contrast = strong ? random.uniform(.5, 1.5) : 1;
      const double brightness = strong ? random.uniform(-.5, .5) : 0;
      const auto hole_x = static_cast<int>(random.below(kSide));
      const auto hole_y = static_cast<int>(random.below(kSide));
      for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) {
          const bool hole = strong && std::abs(x - hole_x) <= 1 && std::abs(y - hole_y) <= 1;
          const float pixel = hole ? 0 : picture[index(wrapped(x + dx), wrapped(y + dy))];
          values.push_back(
              static_cast<float>(contrast * pixel + brightness + noise * random.normal()));
        }
    }
    return torch::tensor(values).view({static_cast<int64_t>(items.size()), 1, kSide, kSide});
  }

 private:
  static size_t index(int x, int y) { return static_cast<size_t>(y * kSide + x); }
  static int wrapped(int x) { return (x + kSide) % kSide; }

  static std::vector<float> picture(int64_t of_class, Random& random) {
    const double ink = random.uniform(.4, 1), ground = random.uniform(-1, 1);
    const double slant_x = random.uniform(-2, 2), slant_y = random.uniform(-2, 2);
    const auto left = static_cast<int>(random.below(kPeriod));
    const auto top = static_cast<int>(random.below(kPeriod));
    std::vector<float> pixels;
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        const int column = (x + left) / (kPeriod / 2), row = (y + top) / (kPeriod / 2);
        const int wave = of_class == 0 ? row : of_class == 1 ? column : row + column;
        pixels.push_back(static_cast<float>(ground + slant_x * x / kSide + slant_y * y / kSide +
                                            ink * (wave % 2) + .45 * random.normal()));
      }
    return pixels;
  }
};

using TextureRun = MethodRun<Textures>;

}  // namespace paucal::semi
