#pragma once
// What a training method on images is: it sees a batch, returns losses, and keeps a state of its
// own. The loop knows no method; image_work.h makes one into the work that the loop does.

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/feed/batch.h"
#include "models/image_model.h"
#include "train/losses.h"
#include "train/tensor_map.h"

namespace paucal::train {

// A batch as tensors on the training device.
struct TensorBatch {
  at::Tensor images;  // [N, C, H, W] float
  at::Tensor labels;  // [N] int64
  at::Tensor masks;   // [N, 1, H, W] float, pasted defects
  at::Tensor pasted;  // [N] bool, where a defect was pasted
  at::Tensor valid;   // [N, 1, H, W] float, 1 where there is image and not padding
  // Semi-supervised learning: see data::Batch.
  std::vector<data::ViewRows> views = {};
  at::Tensor numbers = {};  // [N] int64
  // [N], on the host: what a method draws for a row hangs on its place (draws.h).
  std::vector<int64_t> places = {};
  // What is known of places: see data::Batch.
  std::vector<data::Supervision> supervision = {};
  std::vector<std::vector<data::Target>> targets = {};
};
TensorBatch to_tensors(const data::Batch& batch, c10::Device device);

struct Context {
  models::ImageModel& model;
  models::ImageModel& average;  // the moving average of its weights
  int64_t step = 0;
  int64_t total_steps = 0;
  uint64_t seed = 0;  // of the run
};

class Method {
 public:
  virtual ~Method() = default;
  // One forward pass and its losses; the trainer does the backward pass and the update. Throws
  // Error where a batch can't be used.
  virtual Losses step(const TensorBatch& batch, Context& context) = 0;
  // What must survive a kill: thresholds, moving averages. Weights belong to the trainer.
  virtual TensorMap state() const { return {}; }
  virtual void load_state(const TensorMap&) {}
  // Modules that are trained along with the network, and are no part of it. Null: none.
  virtual std::shared_ptr<torch::nn::Module> heads() const { return nullptr; }
};

// A method that looks at nothing but the class map, so that it can be part of another one.
class MapMethod : public Method {
 public:
  // map [N, K, h, w], logits.
  virtual Losses losses_of(const at::Tensor& map, const TensorBatch& batch,
                           const Context& context) = 0;
  Losses step(const TensorBatch& batch, Context& context) override {
    return losses_of(context.model.forward(batch.images).map, batch, context);
  }
};

}  // namespace paucal::train
