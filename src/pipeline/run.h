#pragma once
// The line: named stages that leave artifacts in a run folder. Each stage's inputs are hashed, so
// the same command resumes, and a changed key runs again only what depends on it.
//
//   RUN/recipe.yaml          the recipe as resolved
//   RUN/stages.json          what each stage was made from, and how long it took
//   RUN/data.json split.csv  data: counts, problems, which image is in which split; labels.csv
//                            where unlabelled images teach too
//   RUN/unlabelled.idx       the list of the images of data.unlabelled
//   RUN/train/               metrics.jsonl, events/ (TensorBoard), last and best checkpoint
//   RUN/model.safetensors    train: weights
//   RUN/model.json           train, calibrate: everything else that a prediction needs
//   RUN/predictions.jsonl    locate: scores and boxes of every image
//   RUN/overlays/            locate: heat and boxes drawn on the test images
//   RUN/eval.json            eval: every figure
//   RUN/report.html .json    report
//   RUN/pseudo_boxes.json    pseudo, which a line of runs asks for (line.h): boxes that teach
//   RUN/log.txt

#include <filesystem>
#include <string>
#include <vector>

#include "data/feed/image_cache.h"
#include "judge/calibrate.h"
#include "judge/trained_model.h"
#include "pipeline/recipe.h"

namespace paucal::pipeline {

// What stages share. Made anew by each process; nothing in it needs saving.
struct RunState {
  Recipe recipe;
  std::filesystem::path folder;
  std::string command;   // as typed, for the report
  bool measured = true;  // whether stages follow that need test images
  data::Dataset dataset;
  std::unique_ptr<data::ImageCache> cache;
  judge::TrainedModel model;
};

struct Stage {
  const char* name;
  const char* help;
  Json (*inputs)(const RunState& run);  // the options it depends on, beside the stages before it
  void (*execute)(RunState& run);
  std::vector<std::string> outputs;  // files whose absence makes it run again
};

// In order; each depends on all before it.
const std::vector<Stage>& stages();

// Runs the stages up to `last` that are not done yet. Two processes never work on one folder.
// Throws Error.
void run_stages(RunState& run, const std::string& last);

// What calibration needs of a recipe.
judge::CalibrateSettings calibrate_settings(const Recipe& recipe);

// The recipe that a run folder was made with.
Recipe recipe_of_run(const std::filesystem::path& folder);

// Fills run.cache; images that cannot be decoded leave run.dataset, and are named.
void decode_images(RunState& run);

void execute_data(RunState& run);
void execute_train(RunState& run);
void execute_calibrate(RunState& run);
void execute_locate(RunState& run);
void execute_eval(RunState& run);
void execute_report(RunState& run);
void execute_pseudo(RunState& run);

}  // namespace paucal::pipeline
