#include "weak/map/seam.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "models/detector.h"
#include "train/optimiser.h"
#include "weak/dense/test_squares.h"
#include "weak/map/mil.h"

namespace paucal::weak {
namespace {

TEST(Seam, MapsAreComparedWhereTheyShowSomething) {
  const at::Tensor maps =
      torch::tensor({-1.f, 2.f, 4.f, 1.f, 1.f, 1.f, 1.f, 3.f}).view({1, 2, 2, 2});
  const at::Tensor shown = torch::tensor({1.f, 0.f}).view({1, 2});
  const at::Tensor found = normalised_maps(maps, shown);
  EXPECT_TRUE(
      torch::allclose(found[0][0].flatten(), torch::tensor({0.f, .5f, 1.f, .25f}), 1e-4, 1e-4));
  EXPECT_EQ(found[0][1].abs().sum().item<double>(), 0) << "the image does not show this class";
  const at::Tensor all = with_background(found);
  EXPECT_EQ(all.size(1), 3);
  EXPECT_NEAR(all[0][0][0][1].item<double>(), .5, 1e-4);
}

TEST(Seam, MapsSpreadToPlacesAlikeAndNowhereElse) {
  // Two kinds of places, by their features; the map shows one place of the first kind.
  const at::Tensor features = torch::zeros({1, 2, 1, 4});
  features[0][0][0].slice(0, 0, 2).fill_(3);
  features[0][1][0].slice(0, 2, 4).fill_(.5);
  const at::Tensor map = torch::tensor({1.f, 0.f, 0.f, 0.f}).view({1, 1, 1, 4});
  const at::Tensor spread = spread_maps(map, features)[0][0][0];
  EXPECT_TRUE(torch::allclose(spread, torch::tensor({.5f, .5f, 0.f, 0.f}), 1e-3, 1e-3)) << spread;
}

struct Made {
  std::shared_ptr<models::ImageModel> model;
  std::shared_ptr<train::Method> method;
};
Made make(double weight = 1) {
  models::ModelOptions options;
  options.arch = "pyramid10";
  options.channels = 1;
  options.width = 8;
  Made made{models::make_model(options, 1), nullptr};
  SeamSetting setting{
      .options = {.weight = weight, .width = 12}, .channel = {0, -1}, .multiple = 16};
  made.method = make_seam(setting, make_mil({.top = .01}, {0, -1}), *made.model);
  return made;
}

TEST(Seam, LearnsFromLabelsAndFromBothScales) {
  const Made made = make();
  ASSERT_NE(made.method->heads(), nullptr) << "the attention is trained along";
  auto trained = train::trainable_parameters(*made.model);
  for (auto& [name, tensor] : train::trainable_parameters(*made.method->heads()))
    trained.emplace_back("heads." + name, tensor);
  train::Optimiser optimiser(trained, {.name = "adamw", .lr = .004, .weight_decay = 1e-4});
  double first = 0, last = 0;
  for (int64_t i = 0; i < 40; ++i) {
    Random random(1, 2, static_cast<uint64_t>(i));
    const test::Squares set = test::squares(8, test::Known::kTags, random);
    train::Context context{*made.model, *made.model, i, 40};
    optimiser.zero_grad();
    const train::Losses losses = made.method->step(set.batch, context);
    ASSERT_TRUE(losses.total.isfinite().item<bool>()) << i;
    losses.total.backward();
    for (auto& p : made.method->heads()->parameters())
      EXPECT_TRUE(p.grad().defined()) << "every part of the attention learns";
    optimiser.step();
    (i == 0 ? first : last) = losses.total.item<double>();
  }
  EXPECT_LT(last, first);
}

TEST(Seam, AnImageThatShowsNothingAsksForNothing) {
  const Made made = make();
  train::TensorBatch batch = test::blank_batch(2, test::kSide);
  batch.labels.fill_(test::kOk);
  train::Context context{*made.model, *made.model, 0, 10};
  for (const auto& [name, value] : made.method->step(batch, context).parts)
    if (name == "equivariance_loss") EXPECT_EQ(value.item<double>(), 0);
}

}  // namespace
}  // namespace paucal::weak
