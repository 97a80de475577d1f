#pragma once
// The training loop: batches in, checkpoints and metrics out. Killed at any moment and started
// again, it ends bit-equal to a run that was never killed (CPU).

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/options.h"
#include "data/feed/loader.h"
#include "train/best.h"
#include "train/ema.h"
#include "train/method.h"
#include "train/optimiser.h"
#include "train/schedule.h"

namespace paucal::train {

struct TrainOptions {
  double epochs = 30;
  int64_t steps = 0;
  int batch = 16;
  int accumulate = 1;
  double eval_epochs = 2;
  double checkpoint_seconds = 30;
  std::string keep = "last";
  std::string device = "auto";
  bool mixed_precision = true;
  uint64_t seed = 0;
  int threads = 0;
  OptimiserOptions optimiser;
  ScheduleOptions schedule;
  EmaOptions ema;
  data::LoaderOptions loader;

  template <class V>
  void visit(V& v) {
    v(epochs, "epochs", "passes over the training images", Range{0.01, 1e6});
    v(steps, "steps", "updates of the weights; 0: as many as the epochs have", Range{0, 1e12});
    v(batch, "batch", "images a step; with semi.method the labelled ones", Range{1, 65536});
    v(accumulate, "accumulate", "batches whose gradients are summed before an update",
      Range{1, 4096});
    v(eval_epochs, "eval_epochs", "epochs between two looks at the validation images",
      Range{0.01, 1e6});
    v(checkpoint_seconds, "checkpoint_seconds", "time between two checkpoints; 0: every step",
      Range{0, 86400});
    v(keep, "keep",
      "which weights the run keeps: those of the last step, or the best on validation",
      OneOf{{"last", "best"}});
    v(device, "device", "where to train", OneOf{{"auto", "cpu", "cuda"}});
    v(mixed_precision, "mixed_precision", "bfloat16 where the device is made for it (CUDA)");
    v(seed, "seed", "seed of weights, batches and augmentation");
    v(threads, "threads",
      "compute threads; 0: all processors. The last bits of a result depend on it", Range{0, 1024});
    v.group(optimiser, "optimiser", "how weights are updated");
    v.group(schedule, "schedule", "how the learning rate moves");
    v.group(ema, "ema", "moving average of the weights; the average is what is evaluated and kept");
    v.group(loader, "loader", "how batches are made");
  }
};

// From time to time the averaged model looks over what it is trained on, and what it sees there
// changes the batches that follow. None is being made meanwhile.
struct Survey {
  int count = 0;                     // evenly over training, never before the first step
  std::function<at::Tensor()> look;  // deterministic: after a kill it may look again
  // What the last look saw, kept in the checkpoint; also called where training goes on from one.
  std::function<void(const at::Tensor& seen)> use;
};

// What the trainer is given.
struct TrainJob {
  std::filesystem::path folder;  // metrics.jsonl, events/, last.safetensors, best.safetensors
  std::string fingerprint;       // of recipe and data: a checkpoint of another job is refused
  std::shared_ptr<models::ImageModel> model;    // trained in place
  std::shared_ptr<models::ImageModel> average;  // same architecture; receives the EMA
  std::shared_ptr<Method> method;
  int64_t steps_per_epoch = 1;                         // in updates
  std::function<data::Batch(int64_t)> make_batch;      // by batch number; thread-safe
  std::function<std::string(int record)> record_name;  // for error messages
  // Figures of the averaged model on held-out images; the first decides what is "best", higher is
  // better. One that is not finite is undefined and is never the best. Empty: no validation.
  std::function<std::vector<std::pair<std::string, double>>(models::ImageModel&)> validate;
  Survey survey;
};

struct TrainResult {
  int64_t steps = 0;
  int64_t resumed_from = 0;
  Best best;
  double images_per_second = 0;  // of the part that this process ran
};

// Leaves the kept weights in job.average. Throws Error on a loss that is not finite (names step
// and files), on a checkpoint that of another job.
TrainResult train(const TrainOptions& options, TrainJob& job);

}  // namespace paucal::train
