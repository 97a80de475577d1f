#pragma once
// The tasks that a run may have: one row and one file each. A task offers ways to train (from which
// batches, by which loss); stage_train.cpp takes the one that the recipe and the data ask for, and
// runs it. What the judges ask of a task is in judge/task.h.

#include "pipeline/run.h"
#include "train/image_work.h"

namespace paucal::pipeline {

// What a training is put together in. `work.model` and `work.average` stand before prepare().
struct Training {
  const TrainingInput& run;
  judge::TrainedModel model;  // its network is the averaged one
  train::ImageWork work = {};
  train::Survey survey = {};
  bool by_steps = true;               // false: nothing is learnt by gradients
  std::function<void()> finish = {};  // what is left when all steps are done; may be empty
};

// One way to train for a task.
struct TrainingMethod {
  // Throws Error where the recipe asks for what goes with no such training, or the data do not do.
  void (*check)(const Recipe& recipe, const data::Dataset& dataset);
  // Sets work.make_batch, work.steps_per_epoch (in batches) and work.method, or by_steps to false;
  // and what else it needs.
  void (*prepare)(Training& training);
};

// What the network says of validation images, by which checkpoints are compared.
struct Validated {
  const data::Dataset& dataset;
  const std::vector<int>& records;
  std::vector<std::vector<double>> scores;  // one a record: the image's logits
};

struct TaskRow {
  edge::Task task;
  // Whether task=auto means this one; the first row that takes a recipe and its data has it.
  bool (*takes)(const Recipe& recipe, const data::Dataset& dataset);
  const TrainingMethod& (*training_of)(const Recipe& recipe, const data::Dataset& dataset);
  // The first decides which weights are best; higher is better.
  train::Metrics (*figures)(const Validated& seen);
  // How sure the network is of each image, for events.
  std::vector<train::Scores> (*scores)(const Validated& seen);
  // The probability that all places of the class map begin with; 0: as the weights are drawn.
  double head_prior;
};

// Throws Error where classes cannot be told apart: fewer than two, or one without training images.
void check_classes(const data::Dataset& dataset);

const TaskRow& task_of(const Recipe& recipe, const data::Dataset& dataset);

// Semi-supervised learning, a way to train for classification (semi_training.cpp).
extern const TrainingMethod semi_training;

}  // namespace paucal::pipeline
