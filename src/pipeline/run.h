#pragma once
// A run: named stages that leave artifacts in a folder (dag.h tells when one runs again).
//
//   RUN/recipe.yaml          the recipe as resolved, once the data were accepted
//   RUN/stages.json          what each stage was made from, how long it took, and its work
//   RUN/unreadable.json      decode: images that cannot be decoded to their end, and are left out
//   RUN/data.json split.csv  data: counts, problems, which image is in which split; labels.csv
//                            where unlabelled images teach too
//   RUN/unlabelled.idx       the list of the images of data.unlabelled
//   RUN/train/               metrics.jsonl, events/ (TensorBoard), last and best checkpoint
//   RUN/train.1/ …           trainings of other recipes or data, with all that was made from them
//   RUN/model.safetensors    train: weights
//   RUN/model.json           train: what the network is, and what its outputs mean
//   RUN/raw.bin              predict: what the network says of every image
//   RUN/calibration.json     calibrate: probabilities, thresholds and the rule of boxes
//   RUN/predictions.jsonl    locate: scores and boxes of every image
//   RUN/overlays/            locate: heat and boxes drawn on the test images
//   RUN/eval.json            eval: every figure
//   RUN/galleries.json       galleries: the pictures of the report
//   RUN/reasons.json         reasons: whether the map shows what decides
//   RUN/report.html .json    report: decodes no image
//   RUN/pseudo_boxes.json    pseudo, which a chain asks for (line.h): boxes that teach
//   RUN/log.txt

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/feed/image_cache.h"
#include "data/set/truth_table.h"
#include "judge/calibrate.h"
#include "judge/trained_model.h"
#include "pipeline/dag.h"
#include "pipeline/recipe.h"
#include "pipeline/run_folder.h"

namespace paucal::pipeline {

struct TrainingInput;
// What the stage train does: leaves model.safetensors, model.json and train/result.json.
using Train = std::function<void(const TrainingInput& run, const std::string& key)>;
void execute_train(const TrainingInput& run, const std::string& key);

// What stages share. Made anew by each process; nothing in it needs saving.
struct RunState {
  Recipe recipe;
  std::filesystem::path folder;
  std::string command = {};                      // as typed, for the report
  std::function<void()> accepted = {};           // called once decode has found the data good
  data::Dataset dataset = {};                    // from run_stages() on
  data::Truth truth = {};                        // for the stages that measure
  std::unique_ptr<data::ImageCache> cache = {};  // decodes an image when it is asked for
  Train train = execute_train;                   // tests put what takes no time in its place
};

// All that train sees of a run: it has no way to the truth.
struct TrainingInput {
  const Recipe& recipe;
  const std::filesystem::path& folder;
  const data::Dataset& dataset;
  data::ImageCache& cache;
};

const std::vector<Stage>& stages();

// Runs what the stages `wanted` need and is not done yet. Two processes never work on one folder. A
// refused recipe or data set leaves the folder as it was, or none. Throws Error.
void run_stages(RunState& run, const std::vector<std::string>& wanted);
// The same where the caller holds the folder.
void run_stages(RunState& run, const std::vector<std::string>& wanted, RunFolder& folder);

// What calibration needs of a recipe.
judge::CalibrateSettings calibrate_settings(const Recipe& recipe);

// The recipe that a run folder was made with.
Recipe recipe_of_run(const std::filesystem::path& folder);

// Opens the data set, and makes the cache, which decodes nothing by itself.
void open_data(RunState& run);
// Decodes every image, and leaves out those that cannot be decoded, by name.
void decode_images(RunState& run);

// Leaves out what RUN/unreadable.json names.
void leave_out_unreadable(RunState& run);

// Throws Error where train would refuse the recipe with these data.
void check_training(const Recipe& recipe, const data::Dataset& dataset);
// Throws Error where train could not begin: no such device, a network that cannot be built, weights
// that cannot be read or do not fit. Takes as long as reading the weights.
void try_training(const Recipe& recipe, const data::Dataset& dataset);

void execute_decode(RunState& run);
void execute_data(RunState& run);
void execute_predict(RunState& run);
void execute_calibrate(RunState& run);
void execute_locate(RunState& run);
void execute_eval(RunState& run);
void execute_galleries(RunState& run);
void execute_reasons(RunState& run);
void execute_report(RunState& run);
void execute_pseudo(RunState& run);

}  // namespace paucal::pipeline
