#pragma once
// For tests: what stands in the place of a training. It leaves the files of one in no time, and all
// stages after it run as they would.

#include <algorithm>

#include "base/files.h"
#include "models/load_start.h"
#include "pipeline/run.h"

namespace paucal::pipeline::test {

// The model of a recipe with the weights that it begins with.
inline judge::TrainedModel untrained_model(const Recipe& recipe,
                                           const std::vector<std::string>& classes,
                                           const std::vector<bool>& class_is_ok) {
  judge::TrainedModel model;
  const bool inspects =
      recipe.task != "classification" && std::ranges::count(class_is_ok, true) > 0;
  model.task = inspects ? judge::Task::kInspection : judge::Task::kClassification;
  model.classes = classes;
  model.class_is_ok = class_is_ok;
  model.input = recipe.input;
  model.max_pixels = recipe.data.max_pixels;
  model.architecture = recipe.model;
  model.architecture.weights.clear();
  model.architecture.channels = edge::network_channels(recipe.input);
  model.architecture.seed = 3;
  model.top = recipe.mil.top;
  model.upscale = recipe.model.upscale;
  model.network = judge::make_network(model);
  model.network->eval();
  return model;
}

// In the place of execute_train().
inline void no_training(const TrainingInput& run, const std::string&) {
  const judge::TrainedModel model =
      untrained_model(run.recipe, run.dataset.classes, run.dataset.class_is_ok);
  if (!run.recipe.model.weights.empty())
    models::load_start(*model.network, run.recipe.model, run.recipe.input);
  judge::save_model(model, run.folder);
  const int64_t steps = std::max<int64_t>(1, run.recipe.train.steps);
  write_json(run.folder / "train" / "result.json",
             {{"steps", steps}, {"steps_per_epoch", 1}, {"untrained", true}});
  write_text_atomic(run.folder / "train" / "metrics.jsonl", "");
}

// Whether no_training() has made the run.
inline bool is_untrained(const std::filesystem::path& run) {
  return read_json(run / "train" / "result.json").contains("untrained");
}

}  // namespace paucal::pipeline::test
