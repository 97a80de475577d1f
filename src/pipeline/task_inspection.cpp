// Inspection: OK or NG, and where. Learnt from the labels OK and NG and pasted defects.

#include <cmath>

#include "base/error.h"
#include "base/host/log.h"
#include "data/feed/stream_views.h"
#include "judge/defect_places.h"
#include "metrics/figures.h"
#include "metrics/metrics.h"
#include "pipeline/map_training.h"
#include "pipeline/one_class.h"
#include "pipeline/start.h"
#include "semi/map_consistency.h"
#include "weak/map/mil.h"

namespace paucal::pipeline {
namespace {

// The line's own images teach the class map, and nothing that stands around it.
void check_stream(const Recipe& recipe, const data::Dataset& dataset) {
  semi::check_map_method(recipe.semi);
  const std::string& method = recipe.semi.method;
  if (recipe.model.detector.bbox_head.on())
    fail("train", "semi.method={} with model.bbox_head.type={}, expected one of them to be none",
         method, recipe.model.detector.bbox_head.type);
  if (recipe.seam.on())
    fail("train", "semi.method={} with seam.weight={}, expected one of them to be off", method,
         recipe.seam.weight);
  if (dataset.unlabelled_count() == 0)
    fail("train",
         "semi.method={} without unlabelled images, expected some: data.unlabelled=FOLDER, or a "
         "data.labels that names a part of the images",
         method);
}

void check_mil(const Recipe& recipe, const data::Dataset& dataset) {
  if (recipe.semi.on()) check_stream(recipe, dataset);
  check_whole_method(recipe);
  if (!dataset.has_ok_class())
    fail("train", "task=inspection, but no class means OK ({}); data.ok names it",
         fmt::join(dataset.classes, ", "));
}

// NG images show a defect of some kind, OK ones nothing.
MapMeaning meaning_of_defects(const judge::TrainedModel& model) {
  MapMeaning meaning;
  for (const bool ok : model.class_is_ok) meaning.channels.push_back(ok ? -1 : weak::kAnyDefect);
  return meaning;
}

// From time to time the tiles of large NG images are searched for the defects that views then show.
train::Survey survey_of(const Training& training, std::shared_ptr<data::InspectionViews> views) {
  const TrainingInput& run = training.run;
  return {run.recipe.view.looks,
          [&run, &model = training.model](torch::nn::Module& average) {
            judge::TrainedModel now = model;
            now.network = train::image_network(average);
            return judge::find_defect_places(now, run.dataset, run.cache);
          },
          [&run, views](const at::Tensor& seen) {
            views->show(judge::places_by_record(seen, run.dataset.records.size()));
          }};
}

// Unlabelled images in every batch, and a method that learns from them too.
void teach_by_stream(Training& training, const std::shared_ptr<data::InspectionViews>& labelled,
                     std::shared_ptr<train::MapMethod> mil) {
  const TrainingInput& run = training.run;
  const Recipe& recipe = run.recipe;
  train::ImageWork& work = training.work;
  const int unlabelled = recipe.train.batch * std::max(1, recipe.semi.mu);
  const auto views =
      std::make_shared<data::StreamViews>(run.dataset, run.cache, *labelled, recipe.input,
                                          unlabelled, recipe.train.seed, recipe.data.max_broken);
  work.make_batch = [labelled, views](int64_t number) { return views->batch(number); };
  work.steps_per_epoch = views->steps_per_epoch();
  work.method = semi::make_map_consistency(
      recipe.semi, std::move(mil), [&dataset = run.dataset](int64_t number) {
        const int label = dataset.label(static_cast<int>(number));
        return label < 0 ? -1 : static_cast<int>(!dataset.class_is_ok[static_cast<size_t>(label)]);
      });
  training.finish = [views] {
    if (views->broken() > 0)
      log::warn("train: {} unlabelled images could not be read and were passed over",
                views->broken());
  };
}

void prepare_mil(Training& training) {
  const TrainingInput& run = training.run;
  const Recipe& recipe = run.recipe;
  const judge::TrainedModel& model = training.model;
  train::ImageWork& work = training.work;
  const auto views = std::make_shared<data::InspectionViews>(
      run.dataset, run.cache, recipe.view, recipe.input, recipe.train.batch, recipe.train.seed);
  work.make_batch = [views](int64_t number) { return views->batch(number); };
  work.steps_per_epoch = views->steps_per_epoch();
  if (recipe.input.tile > 0) training.survey = survey_of(training, views);
  auto mil = weak::make_mil(recipe.mil, model.defect_channels(), model.upscale);
  if (recipe.semi.on())
    teach_by_stream(training, views, std::move(mil));
  else
    work.method = whole_method(training, std::move(mil), meaning_of_defects(model));
}

constexpr TrainingMethod kMil{check_mil, prepare_mil};

// A class map first, and then a memory beside it.
void check_both(const Recipe& recipe, const data::Dataset& dataset) {
  check_mil(recipe, dataset);
  if (recipe.model.detector.bbox_head.on())
    fail("train",
         "one_class.method={} with model.bbox_head.type={}, expected one_class.method=head",
         recipe.one_class.method, recipe.model.detector.bbox_head.type);
  if (recipe.model.upscale != 1)
    fail("train", "one_class.method={} with model.upscale={}, expected 1", recipe.one_class.method,
         recipe.model.upscale);
  int64_t parts = 0;
  for (const int64_t owner : owners_of(dataset)) parts = std::max(parts, owner + 1);
  if (parts < 2)
    fail("train",
         "{} OK part for training and validation, expected at least 2 (10 are few): each is judged "
         "by the memory of the others",
         parts);
}
void prepare_both(Training& training) {
  prepare_mil(training);
  training.finish = [&training, and_then = std::move(training.finish)] {
    if (and_then) and_then();
    remember(training, {.with_head = true, .seed = training.run.recipe.train.seed});
  };
}
constexpr TrainingMethod kBoth{check_both, prepare_both};

// OK images alone: nothing is learnt but what they look like.
void prepare_bank(Training& training) {
  if (training.run.recipe.model.weights.empty())
    log::warn(
        "train: a memory of features that nobody has trained; model.weights would help: a "
        "published "
        "network (paucal weights get efficientnet_lite0), or one's own (paucal pretrain)");
  training.by_steps = false;
  training.finish = [&training] {
    const Recipe& recipe = training.run.recipe;
    remember(training, {.gaussian = start_of(recipe, training.run.dataset).method == "gauss",
                        .seed = recipe.train.seed});
  };
}
constexpr TrainingMethod kBank{check_both, prepare_bank};

bool takes_ok_classes(const Recipe& recipe, const data::Dataset& dataset) {
  return dataset.has_ok_class() && !recipe.semi.on();
}

const TrainingMethod& training_of_inspection(const Recipe& recipe, const data::Dataset& dataset) {
  const std::string method = start_of(recipe, dataset).method;
  return of_ok_images_alone(method) ? kBank : method == "both" ? kBoth : kMil;
}

train::Metrics figures_of_ng(const Validated& seen) {
  std::vector<double> scores;
  std::vector<uint8_t> ng;
  for (size_t i = 0; i < seen.records.size(); ++i) {
    scores.push_back(seen.scores[i][0]);
    ng.push_back(!seen.dataset.is_ok(seen.dataset.at(seen.records[i])));
  }
  return {{metrics::info_of(&metrics::ImageFigures::auroc).key, metrics::auroc(scores, ng)},
          {metrics::info_of(&metrics::ImageFigures::average_precision).key,
           metrics::average_precision(scores, ng)}};
}

std::vector<train::Scores> scores_of_ng(const Validated& seen) {
  train::Scores ng{"NG", {}, {}};
  for (size_t i = 0; i < seen.records.size(); ++i) {
    ng.probabilities.push_back(1 / (1 + std::exp(-seen.scores[i][0])));
    ng.positive.push_back(!seen.dataset.is_ok(seen.dataset.at(seen.records[i])));
  }
  return {std::move(ng)};
}

}  // namespace

extern const TaskRow task_inspection;
const TaskRow task_inspection{.task = edge::Task::kInspection,
                              .takes = takes_ok_classes,
                              .training_of = training_of_inspection,
                              .figures = figures_of_ng,
                              .scores = scores_of_ng,
                              .head_prior = .05};

}  // namespace paucal::pipeline
