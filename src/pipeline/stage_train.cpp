// train: from images and labels to weights.

#include <torch/torch.h>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "judge/calibrate.h"
#include "judge/defect_places.h"
#include "judge/inference.h"
#include "metrics/figures.h"
#include "metrics/metrics.h"
#include "models/load_weights.h"
#include "pipeline/run.h"
#include "semi/trainer_method.h"
#include "train/image_work.h"
#include "train/runtime.h"
#include "train/trainer.h"
#include "weak/dense/detection.h"
#include "weak/dense/self_training.h"
#include "weak/map/map_boxes.h"
#include "weak/map/seam.h"

namespace paucal::pipeline {
namespace {

// A method of semi-supervised learning takes whole images and their labels alone.
void check_semi(const Recipe& recipe) {
  const std::string& method = recipe.semi.method;
  if (recipe.task == "inspection")
    fail("train", "semi.method={} with task=inspection, expected task=classification", method);
  if (recipe.input.tile > 0)
    fail("train", "semi.method={} with input.tile={}, expected one of them to be off", method,
         recipe.input.tile);
  if (recipe.seam.on())
    fail("train", "semi.method={} with seam.weight={}, expected one of them to be off", method,
         recipe.seam.weight);
  if (recipe.model.detector.bbox_head.on())
    fail("train", "semi.method={} with model.bbox_head.type={}, expected one of them to be none",
         method, recipe.model.detector.bbox_head.type);
}

judge::TrainedModel blank_model(const Recipe& recipe, const data::Dataset& dataset) {
  judge::TrainedModel model;
  const bool inspect = recipe.task == "inspection" ||
                       (recipe.task == "auto" && dataset.has_ok_class() && !recipe.semi.on());
  model.task = inspect ? judge::Task::kInspection : judge::Task::kClassification;
  model.classes = dataset.classes;
  model.class_is_ok = dataset.class_is_ok;
  model.architecture = recipe.model;
  model.architecture.channels = edge::network_channels(recipe.input);
  model.architecture.seed = recipe.train.seed;
  model.input = recipe.input;
  model.max_pixels = recipe.data.max_pixels;
  model.top = recipe.mil.top;
  model.upscale = recipe.model.upscale;
  return model;
}

const char* key_of(metrics::Number metrics::ImageFigures::*figure) {
  return metrics::info_of(figure).key;
}

// Metrics of `network` on the validation images, while training goes on.
train::Metrics validate(judge::TrainedModel model, std::shared_ptr<models::ImageModel> network,
                        const TrainingInput& run) {
  model.network = std::move(network);
  std::vector<double> scores;
  std::vector<uint8_t> ng;
  int right = 0;
  const auto records = run.dataset.indices(data::Split::kVal);
  const bool boxed = std::ranges::any_of(records, [&](int record) {
    return run.dataset.at(record).supervision == data::Supervision::kBoxes;
  });
  std::vector<judge::RawPrediction> seen;  // of all, where boxes are given
  judge::Inference(model).over(run.cache, records, "", [&](size_t i, judge::Inferred inferred) {
    const auto& truth = run.dataset.at(records[i]);
    judge::RawPrediction& raw = inferred.raw;
    if (model.task == judge::Task::kInspection) {
      scores.push_back(raw.scores[0]);
      ng.push_back(!run.dataset.is_ok(truth));
    } else {
      right += std::ranges::max_element(raw.scores) - raw.scores.begin() == truth.label;
    }
    if (boxed) seen.push_back(std::move(raw));
  });
  train::Metrics figures;
  if (model.task == judge::Task::kClassification)
    figures = {{key_of(&metrics::ImageFigures::accuracy),
                static_cast<double>(right) / static_cast<double>(records.size())}};
  else
    figures = {{key_of(&metrics::ImageFigures::auroc), metrics::auroc(scores, ng)},
               {key_of(&metrics::ImageFigures::average_precision),
                metrics::average_precision(scores, ng)}};
  // The first figure says which weights are best: images and boxes count alike.
  if (boxed) {
    const double boxes = judge::box_quality(model, run.dataset, run.cache, std::move(seen));
    const double both = (figures[0].second + boxes) / 2;
    figures.insert(figures.begin(), {{"images_and_boxes", both}, {"boxes", boxes}});
  }
  return figures;
}

// A pass over the unlabelled images, or over the labelled ones where a method sees no others.
int64_t steps_per_epoch(const data::SemiViews& views, const data::SemiShares& shares) {
  const bool labels_alone = shares.unlabelled == 0;
  const int64_t images = labels_alone ? std::ssize(views.labelled()) : views.unlabelled().size();
  const int64_t batch = labels_alone ? shares.labelled : shares.unlabelled;
  return std::max<int64_t>(1, (images + batch - 1) / batch);
}

std::shared_ptr<train::Method> semi_method(const Recipe& recipe, const data::Dataset& dataset,
                                           const data::SemiViews& views,
                                           const data::SemiShares& shares,
                                           models::ImageModel& network) {
  semi::Setting setting;
  setting.classes = static_cast<int64_t>(dataset.classes.size());
  setting.labelled = static_cast<int64_t>(views.labelled().size());
  setting.unlabelled = views.unlabelled().size();
  setting.batch = shares.labelled;
  setting.mu = shares.unlabelled / std::max(1, shares.labelled);
  for (const int record : views.labelled())
    setting.labelled_classes.push_back(dataset.at(record).label);
  setting.class_names = dataset.classes;
  setting.features = network.feature_channels();
  setting.seed = recipe.train.seed;
  return semi::make_trainer_method(recipe.semi, setting, [&](int64_t item) -> int64_t {
    return dataset.label(views.unlabelled().number(item));
  });
}

using MapMethod = std::shared_ptr<train::MapMethod>;

// The loss of the class map, and around it that of the box head.
std::shared_ptr<train::Method> with_boxes(const Recipe& recipe, const judge::TrainedModel& model,
                                          MapMethod map_method) {
  weak::BoxSetting setting{.detector = recipe.model.detector,
                           .detection = recipe.detect,
                           .classes = model.box_classes(),
                           .map = {},
                           .seed = recipe.train.seed};
  setting.map.softmax = model.task == judge::Task::kClassification;
  std::vector<int> box_class;
  for (size_t label = 0; label < model.classes.size(); ++label)
    box_class.push_back(model.task == judge::Task::kClassification ? static_cast<int>(label)
                        : model.class_is_ok[label]                 ? -1
                                                                   : 0);
  return weak::make_detection(setting, std::move(map_method), std::move(box_class));
}

// The same, at two scales.
std::shared_ptr<train::Method> with_seam(const Recipe& recipe, const judge::TrainedModel& model,
                                         MapMethod map_method, models::ImageModel& network) {
  weak::SeamSetting setting{
      .options = recipe.seam, .channel = {}, .multiple = std::max(1, recipe.input.multiple)};
  // Inspection: the map of any defect.
  for (size_t label = 0; label < model.classes.size(); ++label)
    setting.channel.push_back(model.task == judge::Task::kClassification
                                  ? static_cast<int64_t>(label)
                              : model.class_is_ok[label] ? -1
                                                         : weak::kAnyDefect);
  return weak::make_seam(setting, std::move(map_method), network);
}

std::shared_ptr<train::Method> whole_method(const Recipe& recipe, const judge::TrainedModel& model,
                                            MapMethod map_method, models::ImageModel& network) {
  if (recipe.model.detector.bbox_head.on()) return with_boxes(recipe, model, std::move(map_method));
  if (recipe.seam.on()) return with_seam(recipe, model, std::move(map_method), network);
  return map_method;
}

// What one task gives the training loop.
struct Training {
  const TrainingInput& run;
  judge::TrainedModel model;  // its network is the averaged one
  train::ImageWork work = {};
  train::Survey survey = {};
  std::shared_ptr<data::SemiViews> semi = {};
};

void prepare_networks(Training& training) {
  const Recipe& recipe = training.run.recipe;
  train::ImageWork& work = training.work;
  work.model = judge::make_network(training.model);
  if (training.model.task == judge::Task::kInspection) work.model->set_head_prior(.05);
  if (!recipe.weights.empty())
    log::info("train: {}", models::load_weights(*work.model, recipe.weights).summary());
  work.average = judge::make_network(training.model);
  training.model.network = work.average;
}

void prepare_inspection(Training& training) {
  const TrainingInput& run = training.run;
  const Recipe& recipe = run.recipe;
  const judge::TrainedModel& model = training.model;
  train::ImageWork& work = training.work;
  const auto views = std::make_shared<data::InspectionViews>(
      run.dataset, run.cache, recipe.view, recipe.input, recipe.train.batch, recipe.train.seed);
  work.make_batch = [views](int64_t number) { return views->batch(number); };
  work.steps_per_epoch = views->steps_per_epoch();
  if (recipe.input.tile > 0)
    training.survey = {recipe.view.looks,
                       [&](torch::nn::Module& average) {
                         judge::TrainedModel now = model;
                         now.network = train::image_network(average);
                         return judge::find_defect_places(now, run.dataset, run.cache);
                       },
                       [&run, views](const at::Tensor& seen) {
                         views->show(judge::places_by_record(seen, run.dataset.records.size()));
                       }};
  work.method =
      whole_method(recipe, model,
                   weak::make_mil(recipe.mil, model.defect_channels(), model.upscale), *work.model);
}

void prepare_semi(Training& training) {
  const TrainingInput& run = training.run;
  const Recipe& recipe = run.recipe;
  train::ImageWork& work = training.work;
  const auto shares = semi::shares_of(recipe.semi, recipe.train.batch);
  const auto views =
      std::make_shared<data::SemiViews>(run.dataset, run.cache, recipe.semi.view, recipe.input,
                                        shares, recipe.train.seed, recipe.data.max_broken);
  work.make_batch = [views](int64_t number) { return views->batch(number); };
  work.steps_per_epoch = steps_per_epoch(*views, shares);
  work.method = semi_method(recipe, run.dataset, *views, shares, *work.model);
  training.semi = views;
}

void prepare_classification(Training& training) {
  const TrainingInput& run = training.run;
  const Recipe& recipe = run.recipe;
  train::ImageWork& work = training.work;
  const auto views = std::make_shared<data::ClassificationViews>(
      run.dataset, run.cache, recipe.view.augment, recipe.input, recipe.train.batch,
      recipe.train.seed);
  work.make_batch = [views](int64_t number) { return views->batch(number); };
  work.steps_per_epoch = views->steps_per_epoch();
  std::vector<int64_t> counts(run.dataset.classes.size());
  for (const int record : run.dataset.indices(data::Split::kTrain))
    ++counts[static_cast<size_t>(run.dataset.at(record).label)];
  MapMethod labels = train::make_supervised(recipe.supervised, counts);
  // A dense head takes the boxes; regions come from the map.
  if (!recipe.model.detector.bbox_head.dense() && recipe.mil.box_weight > 0)
    labels = weak::make_map_boxes(recipe.mil, std::move(labels));
  work.method = whole_method(recipe, training.model, std::move(labels), *work.model);
}

void prepare_task(Training& training) {
  if (training.model.task == judge::Task::kInspection) return prepare_inspection(training);
  if (training.run.recipe.semi.on()) return prepare_semi(training);
  prepare_classification(training);
}

void write_result(const Training& training, const train::TrainResult& result,
                  int64_t steps_per_epoch) {
  log::info(
      "train: {} steps, {:.1f} images/s, {}, kept: {}", result.steps, result.samples_per_second,
      result.best.exists()
          ? fmt::format("best validation {:.4f} at step {}", result.best.score, result.best.step)
          : "no validation metric",
      result.best.exists() ? training.run.recipe.train.keep : "last");
  if (training.semi && training.semi->broken() > 0)
    log::warn("train: {} unlabelled images could not be read and were passed over",
              training.semi->broken());
  Json json = {{"steps", result.steps},
               {"steps_per_epoch", steps_per_epoch},
               {"resumed_from", result.resumed_from},
               {"images_per_second", result.samples_per_second}};
  json.update(train::to_json(result.best));
  write_json(training.run.folder / "train" / "result.json", json);
}

}  // namespace

void check_training(const Recipe& recipe, const data::Dataset& dataset) {
  if (recipe.semi.on()) check_semi(recipe);
  const models::BboxHeadOptions& head = recipe.model.detector.bbox_head;
  const weak::SelfTrainingOptions& teacher = recipe.detect.self_training;
  if (head.on() && teacher.on()) weak::check_teacher(teacher, head);
  if (recipe.task == "inspection" && !dataset.has_ok_class())
    fail("train", "task=inspection, but no class means OK ({}); data.ok names it",
         fmt::join(dataset.classes, ", "));
  if (recipe.model.detector.bbox_head.on() && recipe.seam.on())
    fail("train", "seam.weight={} with model.bbox_head.type={}, expected one of them to be off",
         recipe.seam.weight, recipe.model.detector.bbox_head.type);
}

void try_training(const Recipe& recipe, const data::Dataset& dataset) {
  train::pick_device(recipe.train.device);
  judge::TrainedModel model = blank_model(recipe, dataset);
  const auto network = judge::make_network(model);
  if (!recipe.weights.empty()) models::load_weights(*network, recipe.weights);
}

void execute_train(const TrainingInput& run, const std::string& key) {
  Training training{.run = run, .model = blank_model(run.recipe, run.dataset)};
  training.work.name = [&](int64_t record) { return run.dataset.name(static_cast<int>(record)); };
  prepare_networks(training);
  if (!run.dataset.indices(data::Split::kVal).empty())
    training.work.validate = [&](const std::shared_ptr<models::ImageModel>& network) {
      return validate(training.model, network, run);
    };
  prepare_task(training);
  training.work.steps_per_epoch =
      std::max<int64_t>(1, training.work.steps_per_epoch / run.recipe.train.accumulate);

  train::Work work = train::work_of(std::move(training.work));
  work.survey = std::move(training.survey);
  const train::TrainResult result =
      train::train(run.recipe.train, work, {run.folder / "train", key});
  training.model.network->to(at::kCPU);
  judge::save_model(training.model, run.folder);
  write_result(training, result, work.steps_per_epoch);
}

}  // namespace paucal::pipeline
