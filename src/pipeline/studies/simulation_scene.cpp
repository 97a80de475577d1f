#include "pipeline/studies/simulation_scene.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "judge/truth_boxes.h"
#include "pipeline/start.h"
#include "pipeline/tasks.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

fs::path last_run_of(const fs::path& run) {
  if (!fs::exists(run / "line.json")) return run;
  const Json line = read_json(run / "line.json");
  if (!line.contains("phases") || line["phases"].empty())
    fail("simulate", "'{}': line.json names no runs", run.string());
  return run / fs::path(line["phases"].back().at("folder").get<std::string>()).filename();
}

// In the place of a training: the model that is there.
Train copied_from(const fs::path& run) {
  return [run](const TrainingInput& input, const std::string&) {
    for (const char* file : {"model.safetensors", "model.json"})
      write_file_atomic(input.folder / file, value_or_throw(read_file(run / file)));
    write_json(input.folder / "train" / "result.json", {{"steps", 0}, {"steps_per_epoch", 1}});
  };
}

Recipe simulated_recipe(const fs::path& run, const fs::path& truth) {
  Recipe recipe = recipe_of_run(run);
  recipe.line = {};
  recipe.seam = {};  // boxes say where objects end
  recipe.detect.self_training.method = "none";
  recipe.data.boxes.clear();
  if (!truth.empty()) recipe.data.truth = truth.string();
  recipe.model.weights = (run / "model.safetensors").string();
  return recipe;
}

void check_taught_by_boxes(RunState& state, const fs::path& run) {
  if (state.recipe.semi.on())
    fail("simulate", "'{}': semi.method={}, expected a run that boxes teach", run.string(),
         state.recipe.semi.method);
  open_data(state);
  if (task_of(state.recipe, state.dataset).task != edge::Task::kInspection) return;
  const std::string method = start_of(state.recipe, state.dataset).method;
  if (method != "head")
    fail(
        "simulate",
        "'{}': one_class.method={}, expected a run that boxes teach: one_class.method=head, or the "
        "chain of recipes/defect_line.yaml",
        run.string(), method);
}

std::vector<SimulatedImage> images_to_review(const RunState& state) {
  const data::Dataset& dataset = state.dataset;
  const judge::TruthBoxes truth(dataset, state.truth, state.recipe.data.max_pixels,
                                state.recipe.locate.min_area, state.recipe.input);
  std::vector<SimulatedImage> images;
  int unknown = 0;
  for (const int record : dataset.indices(data::Split::kTrain)) {
    const data::Record& image = dataset.at(record);
    if (dataset.is_ok(image)) continue;
    std::vector<edge::Box> boxes = truth.boxes(record);
    std::erase_if(boxes, [](const edge::Box& box) { return box.area() <= 0; });
    const bool shows_nothing = !dataset.has_ok_class() && state.truth.of(image).known;
    if (boxes.empty() && !shows_nothing)
      ++unknown;
    else
      images.push_back({record, std::move(boxes)});
  }
  if (unknown > 0)
    log::warn("simulate: {} training images are left out, since no true box of theirs is known",
              unknown);
  return images;
}

void check_tested(const RunState& state) {
  for (const int record : state.dataset.indices(data::Split::kTest))
    if (!state.truth.of(state.dataset.at(record)).objects.empty() ||
        !state.truth.of(state.dataset.at(record)).mask_path.empty())
      return;
  fail("simulate", "no test image has a true box; name them by --truth (COCO file or folder)");
}

}  // namespace

SimulationScene open_simulation(const fs::path& run, const fs::path& truth,
                                const fs::path& folder) {
  const fs::path last = last_run_of(fs::absolute(run));
  SimulationScene scene{.start = {.recipe = simulated_recipe(last, truth),
                                  .folder = folder / "start",
                                  .train = copied_from(last)}};
  check_taught_by_boxes(scene.start, run);
  check_tested(scene.start);
  run_stages(scene.start, {"eval", "pseudo"});
  scene.images = images_to_review(scene.start);
  return scene;
}

}  // namespace paucal::pipeline
