#include "weak/map/cam.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"

namespace paucal::weak {
namespace {

std::shared_ptr<models::ImageModel> small_model() {
  models::ModelOptions options;
  options.arch = "resnet10";
  options.channels = 1;
  options.width = 8;
  options.output_stride = 8;
  auto model = models::make_model(options, 2);
  model->eval();
  return model;
}

TEST(Cam, IsTheForwardPass) {
  auto model = small_model();
  const at::Tensor x = torch::randn({2, 1, 32, 48});
  const at::Tensor map = class_activation(*model, x, "cam");
  EXPECT_EQ(map.sizes(), (std::vector<int64_t>{2, 2, 4, 6}));
  EXPECT_TRUE(at::equal(map, model->forward(x).map));
}

// With mean pooling and a linear head every place has the gradient w_k / (h w).
TEST(Cam, GradCamIsCamUpToScaleAndReLU) {
  auto model = small_model();
  const at::Tensor x = torch::randn({1, 1, 32, 32});
  const at::Tensor grad = class_activation(*model, x, "gradcam");
  const at::Tensor bias = model->named_parameters()["fc.bias"].reshape({1, 2, 1, 1});
  const at::Tensor expected = (class_activation(*model, x, "cam") - bias).relu() / 16;
  EXPECT_TRUE(at::allclose(grad, expected.detach(), 1e-4, 1e-6));
}

TEST(Cam, GradientsOfParametersStayUntouched) {
  auto model = small_model();
  for (auto& p : model->parameters()) p.set_requires_grad(false);  // frozen, as after training
  for (const auto& name : cam_names()) {
    const at::Tensor map = class_activation(*model, torch::randn({2, 1, 32, 32}), name);
    EXPECT_EQ(map.size(0), 2) << name;
    EXPECT_EQ(map.size(1), 2) << name;
    EXPECT_TRUE(map.isfinite().all().item<bool>()) << name;
    EXPECT_FALSE(map.requires_grad()) << name;
  }
  for (const auto& p : model->parameters()) EXPECT_FALSE(p.grad().defined());
}

TEST(Cam, RefusesUnknownNames) {
  auto model = small_model();
  EXPECT_THROW(class_activation(*model, torch::zeros({1, 1, 32, 32}), "gradcm"), Error);
}

}  // namespace
}  // namespace paucal::weak
