// Semi-supervised learning: whole images, few of them with a label.

#include "base/error.h"
#include "base/host/log.h"
#include "data/feed/semi_views.h"
#include "pipeline/map_training.h"
#include "semi/trainer_method.h"

namespace paucal::pipeline {
namespace {

// A method takes whole images and their labels alone.
void check_semi(const Recipe& recipe, const data::Dataset& dataset) {
  check_classes(dataset);
  const std::string& method = recipe.semi.method;
  if (recipe.input.depth == edge::Depth::k16)
    fail("train", "semi.method={} with input.depth=16, expected 8", method);
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

// A pass over the unlabelled images, or over the labelled ones where a method sees no others.
int64_t steps_per_epoch(const data::SemiViews& views, const data::SemiShares& shares) {
  const bool labels_alone = shares.unlabelled == 0;
  const int64_t images = labels_alone ? std::ssize(views.labelled()) : views.unlabelled().size();
  const int64_t batch = labels_alone ? shares.labelled : shares.unlabelled;
  return std::max<int64_t>(1, (images + batch - 1) / batch);
}

std::shared_ptr<train::Method> semi_method(const Training& training,
                                           const std::shared_ptr<data::SemiViews>& views,
                                           const data::SemiShares& shares) {
  const Recipe& recipe = training.run.recipe;
  const data::Dataset& dataset = training.run.dataset;
  semi::Setting setting;
  setting.classes = static_cast<int64_t>(dataset.classes.size());
  setting.labelled = static_cast<int64_t>(views->labelled().size());
  setting.unlabelled = views->unlabelled().size();
  setting.batch = shares.labelled;
  setting.mu = shares.unlabelled / std::max(1, shares.labelled);
  for (const int record : views->labelled())
    setting.labelled_classes.push_back(dataset.at(record).label);
  setting.class_names = dataset.classes;
  setting.features = training.work.model->feature_channels();
  setting.seed = recipe.train.seed;
  return semi::make_trainer_method(recipe.semi, setting,
                                   [&dataset, views](int64_t item) -> int64_t {
                                     return dataset.label(views->unlabelled().number(item));
                                   });
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
  work.method = semi_method(training, views, shares);
  training.finish = [views] {
    if (views->broken() > 0)
      log::warn("train: {} unlabelled images could not be read and were passed over",
                views->broken());
  };
}

}  // namespace

const TrainingMethod semi_training{check_semi, prepare_semi};

}  // namespace paucal::pipeline
