#include "weak/map/cam.h"

#include <torch/torch.h>

#include "base/error.h"
#include "base/options.h"

namespace paucal::weak {
namespace {

constexpr double kEps = 1e-6;

// ∂(mean of the class map's channel) / ∂(feature map): [N, C, h, w]. The graph stays: other classes
// are differentiated through it, too.
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

at::Tensor multilayer(const std::vector<at::Tensor>& layers, const at::Tensor& score) {
  at::Tensor map;
  const size_t used = std::min<size_t>(3, layers.size());
  for (size_t i = layers.size() - used; i < layers.size(); ++i) {
    at::Tensor one = layer_cam(layers[i], gradient(score, layers[i])).unsqueeze(1);
    one = one / (one.max() + kEps);
    if (map.defined()) one = at::upsample_bilinear2d(one, {map.size(2), map.size(3)}, false);
    map = map.defined() ? map + one : one;
  }
  return map.squeeze(1) / static_cast<double>(used);
}

// Of one class, whose score is given: [N, h, w].
at::Tensor map_by_gradient(const std::string& name, const std::vector<at::Tensor>& layers,
                           const at::Tensor& features, const at::Tensor& score) {
  if (name == "gradcam") return grad_cam(features, gradient(score, features));
  if (name == "gradcam++") return grad_cam_plus(features, gradient(score, features));
  if (name == "layercam") return layer_cam(features, gradient(score, features));
  if (name == "multilayer") return multilayer(layers, score);
  fail_unknown("cam", "map", name, cam_names());
}

}  // namespace

std::vector<std::string> cam_names() {
  return {"cam", "gradcam", "gradcam++", "layercam", "multilayer"};
}

at::Tensor class_activation(models::ImageModel& model, const at::Tensor& images,
                            const std::string& name) {
  if (name == "cam") {
    const torch::NoGradGuard no_grad;
    return model.forward(images).map.to(at::kCPU, at::kFloat).contiguous();
  }
  // Frozen parameters would leave no graph to differentiate: let the image carry it.
  const torch::AutoGradMode with_grad(true);
  const at::Tensor x = images.detach().clone().requires_grad_();
  std::vector<at::Tensor> layers = model.stages(x);
  const at::Tensor features = model.features_of(layers);
  const at::Tensor scores = model.map_of(features).mean({2, 3}).sum(0);
  std::vector<at::Tensor> maps;
  for (int64_t channel = 0; channel < scores.size(0); ++channel)
    maps.push_back(map_by_gradient(name, layers, features, scores[channel]));
  return at::stack(maps, 1).detach().to(at::kCPU, at::kFloat).contiguous();
}

}  // namespace paucal::weak
