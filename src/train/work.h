#pragma once
// All that the training loop knows of a task: how to make a batch, take a step, validate, and name
// a record. A task (images: image_work.h) fills one in; the loop sees no image, text or table.

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "train/host_batch.h"
#include "train/losses.h"
#include "train/survey.h"
#include "train/tensor_map.h"
#include "train/validation.h"

namespace paucal::train {

struct StepContext {
  torch::nn::Module& model;    // in training mode
  torch::nn::Module& average;  // the moving average of its weights
  c10::Device device;          // where both are, and where the batch belongs
  int64_t step = 0;            // updates done
  int64_t total_steps = 0;
  uint64_t seed = 0;  // of the run
};

struct Work {
  std::shared_ptr<torch::nn::Module> model;    // trained in place
  std::shared_ptr<torch::nn::Module> average;  // same architecture; receives the EMA
  // Trained along, thrown away at the end: projections, banks' heads. Null: none.
  std::shared_ptr<torch::nn::Module> extra;
  int64_t steps_per_epoch = 1;  // in updates
  // Parameters of `model` that begin with published weights: they learn later and more slowly, see
  // TrainOptions.
  std::set<std::string> pretrained;

  // A pure function of the number (but for what survey.use told), called by several threads.
  std::function<HostBatch(int64_t number)> make;
  // One forward pass and its losses; the loop does the backward pass and the update. Throws Error
  // where the batch can't be used.
  std::function<Losses(const HostBatch& batch, const StepContext& context)> step;
  // What there is to say of the network that it is handed, which is in evaluation mode, on held-out
  // records. The first metric decides what is "best", higher is better; one that is undefined is
  // never the best. Empty: no validation.
  std::function<Validation(torch::nn::Module& network)> validate;
  // Of a record, for error messages. Empty: its number.
  std::function<std::string(int64_t record)> name;
  // What must survive a kill beside weights: thresholds, moving averages. Empty: nothing.
  std::function<TensorMap()> state;
  std::function<void(const TensorMap& saved)> load_state;
  Survey survey;
};

}  // namespace paucal::train
