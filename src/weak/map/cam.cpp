#include "weak/map/cam.h"

#include <torch/torch.h>

#include "base/error.h"
#include "base/options.h"

namespace paucal::weak {
namespace {

constexpr double kEps = 1e-6;

// ∂(mean of the class map's channel) / ∂(feature map): [N, C, h, w].
at::Tensor gradient(const at::Tensor& score, const at::Tensor& features) {
  return torch::autograd::grad({score}, {features}, {}, /*retain_graph=*/true)[0];
}

at::Tensor grad_cam(const at::Tensor& a, const at::Tensor& g) {
  return (a * g.mean({2, 3}, true)).sum(1).relu();
}

at::Tensor grad_cam_plus(const at::Tensor& a, const at::Tensor& g) {
  const at::Tensor g2 = g * g;
  const at::Tensor alpha = torch::where(g == 0, torch::zeros_like(g),
                                        g2 / (2 * g2 + (a * g2 * g).sum({2, 3}, true) + kEps));
  return (a * (alpha * g.relu()).sum({2, 3}, true)).sum(1).relu();
}

at::Tensor layer_cam(const at::Tensor& a, const at::Tensor& g) {
  return (a * g.relu()).sum(1).relu();
}

}  // namespace

std::vector<std::string> cam_names() {
  return {"cam", "gradcam", "gradcam++", "layercam", "multilayer"};
}

at::Tensor class_activation(models::ImageModel& model, const at::Tensor& images, int64_t channel,
                            const std::string& name) {
  if (channel < 0 || channel >= model.classes())
    fail("cam", "channel {}: expected 0 to {}", channel, model.classes() - 1);
  if (name == "cam") {
    const torch::NoGradGuard no_grad;
    return model.forward(images).map.select(1, channel).to(at::kCPU, at::kFloat).contiguous();
  }
  // Frozen parameters would leave no graph to differentiate: let the image carry it.
  const torch::AutoGradMode with_grad(true);
  const at::Tensor x = images.detach().clone().requires_grad_();
  std::vector<at::Tensor> layers = model.stages(x);
  const at::Tensor features = model.features_of(layers);
  const at::Tensor score = model.map_of(features).select(1, channel).mean({1, 2}).sum();

  at::Tensor map;
  if (name == "gradcam") {
    map = grad_cam(features, gradient(score, features));
  } else if (name == "gradcam++") {
    map = grad_cam_plus(features, gradient(score, features));
  } else if (name == "layercam") {
    map = layer_cam(features, gradient(score, features));
  } else if (name == "multilayer") {
    const size_t used = std::min<size_t>(3, layers.size());
    for (size_t i = layers.size() - used; i < layers.size(); ++i) {
      at::Tensor one = layer_cam(layers[i], gradient(score, layers[i])).unsqueeze(1);
      one = one / (one.max() + kEps);
      if (map.defined()) one = at::upsample_bilinear2d(one, {map.size(2), map.size(3)}, false);
      map = map.defined() ? map + one : one;
    }
    map = map.squeeze(1) / static_cast<double>(used);
  } else {
    fail_unknown("cam", "map", name, cam_names());
  }
  return map.detach().to(at::kCPU, at::kFloat).contiguous();
}

}  // namespace paucal::weak
