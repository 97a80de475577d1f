// train: from images and labels to weights.

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "judge/calibrate.h"
#include "judge/inference.h"
#include "judge/training_picture.h"
#include "models/load_start.h"
#include "pipeline/recipe_keys.h"
#include "pipeline/start.h"
#include "pipeline/tasks.h"
#include "train/runtime.h"
#include "train/trainer.h"

namespace paucal::pipeline {
namespace {

constexpr size_t kPicturesShown = 6;

// A memory reads stages of its own choice, alone or beside those of a class map.
void look_with(models::ModelOptions& architecture, const std::vector<int>& strides, bool alone) {
  if (architecture.taps.empty()) return;
  if (alone) architecture.taps.clear();
  architecture.cut = fmt::format("s{}", *std::ranges::max_element(strides));
}

judge::TrainedModel blank_model(const Recipe& recipe, const data::Dataset& dataset) {
  judge::TrainedModel model;
  model.task = task_of(recipe, dataset).task;
  model.classes = dataset.classes;
  model.class_is_ok = dataset.class_is_ok;
  model.architecture = recipe.model;
  model.architecture.weights.clear();  // where it began is the recipe's to tell
  if (model.task == judge::Task::kInspection) {
    const std::string method = start_of(recipe, dataset).method;
    if (method != "head")
      look_with(model.architecture, recipe.one_class.strides, of_ok_images_alone(method));
  }
  model.architecture.channels = edge::network_channels(recipe.input);
  model.architecture.seed = recipe.train.seed;
  model.input = recipe.input;
  model.input.ignore.clear();  // the card holds what is in the file
  model.max_pixels = recipe.data.max_pixels;
  model.top = recipe.mil.top;
  model.upscale = recipe.model.upscale;
  return model;
}

// What `network` says of the validation images, while training goes on.
train::Validation validate(const TaskRow& task, judge::TrainedModel model,
                           std::shared_ptr<models::ImageModel> network, const TrainingInput& run) {
  model.network = std::move(network);
  const auto records = run.dataset.indices(data::Split::kVal);
  const bool boxed = std::ranges::any_of(records, [&](int record) {
    return run.dataset.at(record).supervision == data::Supervision::kBoxes;
  });
  Validated seen{run.dataset, records, {}};
  train::Validation validation;
  const bool shows = run.recipe.train.events != "none";
  const std::vector<size_t> shown =
      judge::pictured(run.dataset, records, shows ? kPicturesShown : 0);
  std::vector<judge::RawPrediction> raw;  // of all, where boxes are given
  judge::Inference(model).over(run.cache, records, "", [&](size_t i, judge::Inferred inferred) {
    seen.scores.push_back(inferred.raw.scores);
    if (std::ranges::find(shown, i) != shown.end())
      validation.pictures.push_back(judge::training_picture(
          model, run.cache.get(records[i])->image, inferred.raw, run.dataset.name(records[i])));
    if (boxed) raw.push_back(std::move(inferred.raw));
  });
  train::Metrics& figures = validation.metrics;
  figures = task.figures(seen);
  // The first figure says which weights are best: images and boxes count alike.
  if (boxed) {
    const double boxes = judge::box_quality(model, run.dataset, run.cache, std::move(raw));
    const double both = (figures[0].second + boxes) / 2;
    figures.insert(figures.begin(), {{"images_and_boxes", both}, {"boxes", boxes}});
  }
  if (shows) validation.scores = task.scores(seen);
  return validation;
}

std::set<std::string> parameters_among(const torch::nn::Module& module,
                                       const std::vector<std::string>& loaded) {
  std::set<std::string> names(loaded.begin(), loaded.end()), parameters;
  for (const auto& item : module.named_parameters())
    if (names.contains(item.key())) parameters.insert(item.key());
  return parameters;
}

void prepare_networks(const TaskRow& task, Training& training) {
  const Recipe& recipe = training.run.recipe;
  train::ImageWork& work = training.work;
  work.model = judge::make_network(training.model);
  if (task.head_prior > 0) work.model->set_head_prior(task.head_prior);
  if (!recipe.model.weights.empty()) {
    const models::StartReport start = models::load_start(*work.model, recipe.model, recipe.input);
    log::info("train: {}", start.summary());
    if (start.published) work.pretrained = parameters_among(*work.model, start.loaded.loaded);
  }
  work.average = judge::make_network(training.model);
  training.model.network = work.average;
}

train::TrainResult take_steps(Training& training, const std::string& key) {
  const TrainingInput& run = training.run;
  train::ImageWork images = training.work;
  images.steps_per_epoch =
      std::max<int64_t>(1, images.steps_per_epoch / run.recipe.train.accumulate);
  training.work.steps_per_epoch = images.steps_per_epoch;
  train::Work work = train::work_of(std::move(images));
  work.survey = std::move(training.survey);
  train::TrainResult result =
      train::train(run.recipe.train, work, {run.folder / "train", key, settings_of(run.recipe)});
  log::info(
      "train: {} steps, {:.1f} images/s, {}, kept: {}", result.steps, result.samples_per_second,
      result.best.exists()
          ? fmt::format("best validation {:.4f} at step {}", result.best.score, result.best.step)
          : "no validation metric",
      result.best.exists() ? run.recipe.train.keep : "last");
  return result;
}

// The weights stay as they began.
train::TrainResult no_steps(Training& training) {
  training.model.network = training.work.model;
  training.model.network->eval();
  return {};
}

void write_result(const Training& training, const train::TrainResult& result) {
  Json json = {{"steps", result.steps},
               {"steps_per_epoch", training.work.steps_per_epoch},
               {"resumed_from", result.resumed_from},
               {"images_per_second", result.samples_per_second}};
  json.update(train::to_json(result.best));
  write_json(training.run.folder / "train" / "result.json", json);
}

}  // namespace

void check_training(const Recipe& recipe, const data::Dataset& dataset) {
  task_of(recipe, dataset).training_of(recipe, dataset).check(recipe, dataset);
}

void try_training(const Recipe& recipe, const data::Dataset& dataset) {
  train::pick_device(recipe.train.device);
  judge::TrainedModel model = blank_model(recipe, dataset);
  const auto network = judge::make_network(model);
  if (!recipe.model.weights.empty()) models::load_start(*network, recipe.model, recipe.input);
}

void execute_train(const TrainingInput& run, const std::string& key) {
  const TaskRow& task = task_of(run.recipe, run.dataset);
  Training training{.run = run, .model = blank_model(run.recipe, run.dataset)};
  training.work.name = [&](int64_t record) { return run.dataset.name(static_cast<int>(record)); };
  prepare_networks(task, training);
  if (!run.dataset.indices(data::Split::kVal).empty())
    training.work.validate = [&](const std::shared_ptr<models::ImageModel>& network) {
      return validate(task, training.model, network, run);
    };
  task.training_of(run.recipe, run.dataset).prepare(training);
  const train::TrainResult result =
      training.by_steps ? take_steps(training, key) : no_steps(training);
  training.model.network->to(at::kCPU);
  if (training.finish) training.finish();
  judge::save_model(training.model, run.folder);
  write_result(training, result);
}

}  // namespace paucal::pipeline
