// train: from images and labels to weights.

#include <torch/torch.h>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "judge/calibrate.h"
#include "judge/defect_places.h"
#include "judge/predict.h"
#include "metrics/metrics.h"
#include "models/load_weights.h"
#include "pipeline/run.h"
#include "semi/trainer_method.h"
#include "weak/dense/detection.h"
#include "weak/map/map_boxes.h"
#include "weak/map/seam.h"

namespace paucal::pipeline {
namespace {

judge::TrainedModel blank_model(const Recipe& recipe, const data::Dataset& dataset) {
  judge::TrainedModel model;
  if (recipe.task == "inspection" && recipe.semi.on())
    fail("train", "semi.method={} with task=inspection, expected task=classification",
         recipe.semi.method);
  if (recipe.semi.on() && recipe.input.tile > 0)
    fail("train", "semi.method={} with input.tile={}, expected one of them to be off",
         recipe.semi.method, recipe.input.tile);
  if (recipe.semi.on() && recipe.seam.on())
    fail("train", "semi.method={} with seam.weight={}, expected one of them to be off",
         recipe.semi.method, recipe.seam.weight);
  if (recipe.semi.on() && recipe.model.detector.bbox_head.on())
    fail("train", "semi.method={} with model.bbox_head.type={}, expected one of them to be none",
         recipe.semi.method, recipe.model.detector.bbox_head.type);
  const bool inspect = recipe.task == "inspection" ||
                       (recipe.task == "auto" && dataset.has_ok_class() && !recipe.semi.on());
  if (recipe.task == "inspection" && !dataset.has_ok_class())
    fail("train", "task=inspection, but no class means OK ({}); data.ok names it",
         fmt::join(dataset.classes, ", "));
  model.task = inspect ? judge::Task::kInspection : judge::Task::kClassification;
  model.classes = dataset.classes;
  model.class_is_ok = dataset.class_is_ok;
  model.architecture = recipe.model;
  model.architecture.channels = edge::network_channels(recipe.input);
  model.input = recipe.input;
  model.max_pixels = recipe.data.max_pixels;
  model.top = recipe.mil.top;
  model.upscale = recipe.model.upscale;
  return model;
}

// Figures on the validation images, while training goes on.
std::vector<std::pair<std::string, double>> validate(const judge::TrainedModel& model,
                                                     RunState& run) {
  std::vector<double> scores;
  std::vector<uint8_t> ng;
  int right = 0;
  const auto records = run.dataset.indices(data::Split::kVal);
  const bool boxed = std::ranges::any_of(records, [&](int record) {
    return run.dataset.at(record).supervision == data::Supervision::kBoxes;
  });
  std::vector<judge::RawPrediction> seen;  // of all, where boxes are given
  for (const int record : records) {
    const auto& truth = run.dataset.records[static_cast<size_t>(record)];
    judge::RawPrediction raw = judge::predict_fitted(model, *run.cache->get(record));
    if (model.task == judge::Task::kInspection) {
      scores.push_back(raw.scores[0]);
      ng.push_back(!run.dataset.is_ok(truth));
    } else {
      right += std::ranges::max_element(raw.scores) - raw.scores.begin() == truth.label;
    }
    if (boxed) seen.push_back(std::move(raw));
  }
  std::vector<std::pair<std::string, double>> figures;
  if (model.task == judge::Task::kClassification)
    figures = {{"accuracy", static_cast<double>(right) / static_cast<double>(records.size())}};
  else
    figures = {{"auroc", metrics::auroc(scores, ng)},
               {"average_precision", metrics::average_precision(scores, ng)}};
  // The first figure says which weights are best: images and boxes count alike.
  if (boxed) {
    const double boxes = judge::box_quality(model, run.dataset, seen);
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
                           .map = {}};
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
  const bool boxes = recipe.model.detector.bbox_head.on();
  if (boxes && recipe.seam.on())
    fail("train", "seam.weight={} with model.bbox_head.type={}, expected one of them to be off",
         recipe.seam.weight, recipe.model.detector.bbox_head.type);
  if (boxes) return with_boxes(recipe, model, std::move(map_method));
  if (recipe.seam.on()) return with_seam(recipe, model, std::move(map_method), network);
  return map_method;
}

}  // namespace

void execute_train(RunState& run) {
  const Recipe& recipe = run.recipe;
  const data::Dataset& dataset = run.dataset;
  judge::TrainedModel model = blank_model(recipe, dataset);
  model.architecture.seed = recipe.train.seed;

  train::TrainJob job;
  job.folder = run.folder / "train";
  job.fingerprint = read_json(run.folder / "stages.json").value("current", "");
  // A folder of another recipe's training is stale as a whole.
  const auto stamp = job.folder / "fingerprint";
  if (std::filesystem::exists(stamp) && read_text(stamp) != job.fingerprint) {
    log::info("train: recipe or data have changed, starting anew");
    std::filesystem::remove_all(job.folder);
  }
  write_text_atomic(stamp, job.fingerprint);

  job.model = judge::make_network(model);
  if (model.task == judge::Task::kInspection) job.model->set_head_prior(.05);
  if (!recipe.weights.empty())
    log::info("train: {}", models::load_weights(*job.model, recipe.weights).summary());
  job.average = judge::make_network(model);
  model.network = job.average;
  job.record_name = [&](int record) { return dataset.name(record); };
  if (!dataset.indices(data::Split::kVal).empty())
    job.validate = [&](models::ImageModel&) { return validate(model, run); };

  std::unique_ptr<data::InspectionViews> inspection;
  std::unique_ptr<data::ClassificationViews> classification;
  std::unique_ptr<data::SemiViews> semi;
  const train::TrainOptions& options = recipe.train;
  if (model.task == judge::Task::kInspection) {
    inspection = std::make_unique<data::InspectionViews>(dataset, *run.cache, recipe.view,
                                                         recipe.input, options.batch, options.seed);
    job.make_batch = [&](int64_t number) { return inspection->batch(number); };
    job.steps_per_epoch = inspection->steps_per_epoch();
    if (recipe.input.tile > 0)
      job.survey = {recipe.view.looks,
                    [&] { return judge::find_defect_places(model, dataset, *run.cache); },
                    [&](const at::Tensor& seen) {
                      inspection->show(judge::places_by_record(seen, dataset.records.size()));
                    }};
    job.method = whole_method(recipe, model,
                              weak::make_mil(recipe.mil, model.defect_channels(), model.upscale),
                              *job.model);
  } else if (recipe.semi.on()) {
    const auto shares = semi::shares_of(recipe.semi, options.batch);
    semi = std::make_unique<data::SemiViews>(dataset, *run.cache, recipe.semi.view, recipe.input,
                                             shares, options.seed, recipe.data.max_broken);
    job.make_batch = [&](int64_t number) { return semi->batch(number); };
    job.steps_per_epoch = steps_per_epoch(*semi, shares);
    job.method = semi_method(recipe, dataset, *semi, shares, *job.model);
  } else {
    classification = std::make_unique<data::ClassificationViews>(
        dataset, *run.cache, recipe.view.augment, recipe.input, options.batch, options.seed);
    job.make_batch = [&](int64_t number) { return classification->batch(number); };
    job.steps_per_epoch = classification->steps_per_epoch();
    std::vector<int64_t> counts(dataset.classes.size());
    for (const int record : dataset.indices(data::Split::kTrain))
      ++counts[static_cast<size_t>(dataset.records[static_cast<size_t>(record)].label)];
    MapMethod labels = train::make_supervised(recipe.supervised, counts);
    // A dense head takes the boxes; regions come from the map.
    if (!recipe.model.detector.bbox_head.dense() && recipe.mil.box_weight > 0)
      labels = weak::make_map_boxes(recipe.mil, std::move(labels));
    job.method = whole_method(recipe, model, std::move(labels), *job.model);
  }
  job.steps_per_epoch = std::max<int64_t>(1, job.steps_per_epoch / options.accumulate);

  const train::TrainResult result = train::train(options, job);
  log::info("train: {} steps, {:.1f} images/s, best validation {:.4f} at step {}, kept: {}",
            result.steps, result.images_per_second, result.best_score, result.best_step,
            options.keep);
  if (semi && semi->broken() > 0)
    log::warn("train: {} unlabelled images could not be read and were passed over", semi->broken());
  model.network->to(at::kCPU);
  judge::save_model(model, run.folder);
  write_json(run.folder / "train" / "result.json",
             {{"steps", result.steps},
              {"steps_per_epoch", job.steps_per_epoch},
              {"resumed_from", result.resumed_from},
              {"best_step", result.best_step},
              {"best_score", result.best_score},
              {"images_per_second", result.images_per_second}});
}

}  // namespace paucal::pipeline
