#include "train/learner.h"

#include <torch/torch.h>

#include "train/runtime.h"

namespace paucal::train {
namespace {

// In the layout of the images, so that no convolution on CUDA has to reorder its weights. (oneDNN
// has a layout of its own.)
void place(torch::nn::Module& module, c10::Device device) {
  module.to(device);
  if (!device.is_cuda()) return;
  for (at::Tensor& parameter : module.parameters())
    if (parameter.dim() == 4)
      parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
}

c10::Device placed(const TrainOptions& options, const Work& work) {
  const c10::Device device = pick_device(options.device);
  place(*work.model, device);
  place(*work.average, device);
  if (work.extra) work.extra->to(device);
  return device;
}

NamedTensors trained_parameters(const Work& work) {
  NamedTensors trained = trainable_parameters(*work.model);
  if (work.extra)
    for (auto& [name, tensor] : trainable_parameters(*work.extra))
      trained.emplace_back("heads." + name, tensor);
  return trained;
}

}  // namespace

Learner::Learner(const TrainOptions& options, const Work& work)
    : device(placed(options, work)),
      optimiser(trained_parameters(work), options.optimiser),
      ema(*work.model, *work.average, options.ema) {
  optimiser.slow_down(work.pretrained, options.backbone_lr);
}

}  // namespace paucal::train
