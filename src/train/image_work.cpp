#include "train/image_work.h"

#include <torch/torch.h>

#include "base/error.h"

namespace paucal::train {

std::shared_ptr<models::ImageModel> image_network(torch::nn::Module& module) {
  auto network = std::dynamic_pointer_cast<models::ImageModel>(module.shared_from_this());
  if (!network) fail("train", "a module '{}', expected an image network", module.name());
  return network;
}

Work work_of(ImageWork image) {
  Work work;
  work.model = image.model;
  work.average = image.average;
  work.extra = image.method->heads();
  work.steps_per_epoch = image.steps_per_epoch;
  work.pretrained = std::move(image.pretrained);
  work.make = [make = std::move(image.make_batch)](int64_t number) {
    data::Batch batch = make(number);
    std::vector<int64_t> records(batch.records.begin(), batch.records.end());
    return HostBatch(std::move(batch), std::move(records));
  };
  work.step = [method = image.method, model = image.model, average = image.average](
                  const HostBatch& batch, const StepContext& at) {
    Context context{*model, *average, at.step, at.total_steps, at.seed};
    return method->step(to_tensors(batch.as<data::Batch>(), at.device), context);
  };
  if (image.validate)
    work.validate = [validate = std::move(image.validate)](torch::nn::Module& network) {
      return validate(image_network(network));
    };
  work.name = std::move(image.name);
  work.state = [method = image.method] { return method->state(); };
  work.load_state = [method = image.method](const TensorMap& saved) { method->load_state(saved); };
  return work;
}

}  // namespace paucal::train
