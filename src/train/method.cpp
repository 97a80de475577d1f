#include "train/method.h"

#include <torch/torch.h>

namespace paucal::train {
namespace {

// From pinned memory the copy to a CUDA device runs beside the computation before it.
at::Tensor send(const at::Tensor& host, c10::Device device) {
  return device.is_cuda() ? host.pin_memory().to(device, /*non_blocking=*/true) : host;
}

}  // namespace

TensorBatch to_tensors(const data::Batch& batch, c10::Device device) {
  const auto wrap = [&](const auto& values, at::IntArrayRef shape, at::ScalarType type) {
    return torch::from_blob(const_cast<void*>(static_cast<const void*>(values.data())), shape,
                            type);
  };
  const int64_t n = batch.count, h = batch.height, w = batch.width;
  TensorBatch tensors;
  // Channels-last is the faster layout of oneDNN's convolutions here and of CUDA's; the copies also
  // make the tensors own their memory.
  const auto images = wrap(batch.images, {n, batch.channels, h, w}, at::kFloat);
  tensors.images = send(images.clone(at::MemoryFormat::ChannelsLast), device);
  tensors.labels = send(wrap(batch.labels, {n}, at::kInt).to(at::kLong), device);
  tensors.masks = send(wrap(batch.masks, {n, 1, h, w}, at::kFloat).clone(), device);
  tensors.pasted = send(wrap(batch.pasted, {n}, at::kInt).to(at::kBool), device);
  const at::Tensor valid = torch::zeros({n, 1, h, w});
  for (int64_t i = 0; i < n; ++i)
    valid[i]
        .narrow(1, 0, batch.valid_height[static_cast<size_t>(i)])
        .narrow(2, 0, batch.valid_width[static_cast<size_t>(i)])
        .fill_(1);
  tensors.valid = send(valid, device);
  tensors.views = batch.views;
  tensors.places = batch.places;
  tensors.supervision = batch.supervision;
  tensors.targets = batch.targets;
  if (!batch.numbers.empty())
    tensors.numbers = send(wrap(batch.numbers, {n}, at::kLong).clone(), device);
  return tensors;
}

}  // namespace paucal::train
