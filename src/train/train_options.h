#pragma once
// Options of the training loop.

#include <string>

#include "base/options.h"
#include "data/feed/loader.h"
#include "train/ema.h"
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
  std::string precision = "device";
  std::string events = "tensorboard";
  uint64_t seed = 0;
  int threads = 0;
  double backbone_lr = 0.1;
  double freeze_epochs = 1;
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
    v(precision, "precision",
      "what networks compute with in training. f32; bf16; device: bf16 on CUDA, f32 on a "
      "processor; "
      "auto: bf16 on CUDA, and on a processor with AMX-BF16 or AVX512-BF16 where it is measured to "
      "be faster, so that two runs may differ",
      OneOf{{"device", "auto", "f32", "bf16"}});
    v(events, "events", "in train/events: figures, pictures and curves to look at, and for what",
      OneOf{{"tensorboard", "visualdl", "both", "none"}});
    v(seed, "seed", "seed of weights, batches and augmentation");
    v(threads, "threads",
      "compute threads; 0: all processors. The last bits of a result depend on it", Range{0, 1024});
    v(backbone_lr, "backbone_lr",
      "with published weights: learning rate of what they began, as a share of that of new layers",
      Range{0, 1});
    v(freeze_epochs, "freeze_epochs",
      "with published weights: epochs in which new layers alone learn", Range{0, 1e6});
    v.group(optimiser, "optimiser", "how weights are updated");
    v.group(schedule, "schedule", "how the learning rate moves");
    v.group(ema, "ema", "moving average of the weights; the average is what is evaluated and kept");
    v.group(loader, "loader", "how batches are made");
  }
};

}  // namespace paucal::train
