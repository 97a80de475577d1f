// Classification: which class. Learnt from labels, or from unlabelled images beside them.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/feed/inspection_views.h"
#include "metrics/figures.h"
#include "pipeline/map_training.h"
#include "train/supervised.h"
#include "weak/map/map_boxes.h"

namespace paucal::pipeline {
namespace {

void check_supervised(const Recipe& recipe, const data::Dataset& dataset) {
  check_classes(dataset);
  check_whole_method(recipe);
}

MapMeaning meaning_of_classes(const judge::TrainedModel& model) {
  MapMeaning meaning{.softmax = true, .channels = std::vector<int64_t>(model.classes.size())};
  std::iota(meaning.channels.begin(), meaning.channels.end(), 0);
  return meaning;
}

void prepare_supervised(Training& training) {
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
  std::shared_ptr<train::MapMethod> labels = train::make_supervised(recipe.supervised, counts);
  // A dense head takes the boxes; regions come from the map.
  if (!recipe.model.detector.bbox_head.dense() && recipe.mil.box_weight > 0)
    labels = weak::make_map_boxes(recipe.mil, std::move(labels));
  work.method = whole_method(training, std::move(labels), meaning_of_classes(training.model));
}

constexpr TrainingMethod kSupervised{check_supervised, prepare_supervised};

bool takes_all(const Recipe&, const data::Dataset&) {
  return true;
}

const TrainingMethod& training_of_classes(const Recipe& recipe, const data::Dataset&) {
  return recipe.semi.on() ? semi_training : kSupervised;
}

train::Metrics figures_of_classes(const Validated& seen) {
  int right = 0;
  for (size_t i = 0; i < seen.records.size(); ++i) {
    const std::vector<double>& scores = seen.scores[i];
    right +=
        std::ranges::max_element(scores) - scores.begin() == seen.dataset.at(seen.records[i]).label;
  }
  return {{metrics::info_of(&metrics::ImageFigures::accuracy).key,
           static_cast<double>(right) / static_cast<double>(seen.records.size())}};
}

// Each class against all others; of many classes the first.
std::vector<train::Scores> scores_of_classes(const Validated& seen) {
  constexpr size_t kMostClasses = 10;
  std::vector<train::Scores> all;
  for (size_t label = 0; label < std::min(kMostClasses, seen.dataset.classes.size()); ++label) {
    train::Scores one{seen.dataset.classes[label], {}, {}};
    for (size_t i = 0; i < seen.records.size(); ++i) {
      const std::vector<double>& logits = seen.scores[i];
      double sum = 0;
      for (const double logit : logits) sum += std::exp(logit - logits[label]);
      one.probabilities.push_back(1 / sum);
      one.positive.push_back(seen.dataset.at(seen.records[i]).label == static_cast<int>(label));
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

extern const TaskRow task_classification;
const TaskRow task_classification{.task = edge::Task::kClassification,
                                  .takes = takes_all,
                                  .training_of = training_of_classes,
                                  .figures = figures_of_classes,
                                  .scores = scores_of_classes,
                                  .head_prior = 0};

}  // namespace paucal::pipeline
