#include "models/layers.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace paucal::models {
namespace {

constexpr uint64_t kInitStream = 0x696e6974;  // "init"

template <class Draw>
void fill(at::Tensor& weight, Draw draw) {
  float* values = weight.data_ptr<float>();
  for (int64_t i = 0; i < weight.numel(); ++i) values[i] = static_cast<float>(draw());
}

}  // namespace

std::shared_ptr<torch::nn::Conv2dImpl> conv(const ConvShape& shape) {
  return std::make_shared<torch::nn::Conv2dImpl>(
      torch::nn::Conv2dOptions(shape.in, shape.out, shape.kernel)
          .stride(shape.stride)
          .padding(shape.pads ? shape.dilation * (shape.kernel - 1) / 2 : 0)
          .dilation(shape.dilation)
          .groups(shape.groups)
          .bias(shape.bias));
}

Norm Norm::overridden_by(const ModelOptions& options) const {
  return {options.bn_momentum > 0 ? options.bn_momentum : momentum,
          options.bn_eps > 0 ? options.bn_eps : eps};
}

std::shared_ptr<torch::nn::BatchNorm2dImpl> batch_norm(int channels, const Norm& norm) {
  return std::make_shared<torch::nn::BatchNorm2dImpl>(
      torch::nn::BatchNorm2dOptions(channels).momentum(norm.momentum).eps(norm.eps));
}

int Strides::natural() const {
  int product = stem;
  for (const int stride : stages) product *= stride;
  return product;
}

std::vector<StageStep> plan_stages(const Strides& strides, int output_stride,
                                   const std::string& arch) {
  if (output_stride == 0) output_stride = strides.natural();
  int reached = strides.stem;
  int dilation = 1;
  std::vector<StageStep> steps;
  for (const int stride : strides.stages) {
    if (reached * stride <= output_stride) {
      steps.push_back({stride, dilation, dilation});
      reached *= stride;
    } else {
      steps.push_back({1, dilation, dilation * stride});
      dilation *= stride;
    }
  }
  if (reached != output_stride)
    fail("models", "{}: output_stride {}, expected a power of two from {} to {}", arch,
         output_stride, std::max(4, strides.stem), strides.natural());
  return steps;
}

void init_weights(torch::nn::Module& model, uint64_t seed) {
  const torch::NoGradGuard no_grad;
  uint64_t index = 0;
  for (auto& item : model.named_parameters()) {
    at::Tensor& weight = item.value();
    Random random(seed, kInitStream, index++);
    if (weight.dim() == 2) {
      const double deviation = std::sqrt(2 / static_cast<double>(weight.size(1)));
      fill(weight, [&] { return deviation * random.normal(); });
    } else if (weight.dim() != 4) {
      const bool norm_scale = weight.dim() == 1 && !item.key().ends_with("bias");
      weight.fill_(norm_scale ? 1 : 0);
    } else if (item.key() == "fc.weight") {
      const double bound = 1 / std::sqrt(static_cast<double>(weight.size(1)));
      fill(weight, [&] { return random.uniform(-bound, bound); });
    } else {
      const auto fan_out = static_cast<double>(weight.size(0) * weight.size(2) * weight.size(3));
      const double deviation = std::sqrt(2 / fan_out);
      fill(weight, [&] { return deviation * random.normal(); });
    }
  }
}

}  // namespace paucal::models
