#include "pipeline/run.h"

#include <chrono>
#include <optional>

#include "base/error.h"
#include "base/file_access.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/host/log_file.h"
#include "base/host/work.h"
#include "data/set/split.h"
#include "pipeline/kept_folder.h"
#include "pipeline/recipe_keys.h"
#include "pipeline/stage_keys.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

std::function<void(RunState&, const std::string&)> plain(void (*execute)(RunState&)) {
  return [execute](RunState& run, const std::string&) { execute(run); };
}

const std::vector<std::string> kModel = {"model.safetensors", "model.json"};
const std::vector<std::string> kJudged = {"model.json", "calibration.json", "raw.bin"};

std::vector<Stage> make_stages() {
  std::vector<Stage> table = {
      {.name = "decode",
       .help = "decode every image once",
       .needs = {},
       .reads = {},
       .makes = {"unreadable.json"},
       .key = decode_key,
       .run = plain(execute_decode),
       .refuses = true},
      {.name = "data",
       .help = "check and split the images",
       .needs = {"decode"},
       .reads = {"unreadable.json"},
       .makes = {"data.json", "split.csv"},
       .key = data_key,
       .run = plain(execute_data)},
      {.name = "train",
       .help = "train the network",
       .needs = {"data"},
       .reads = {},
       .makes = {"model.safetensors", "model.json", "train/result.json"},
       .key = train_key,
       .run =
           [](RunState& run, const std::string& key) {
             run.train({run.recipe, run.folder, run.dataset, *run.cache}, key);
           },
       .folder = "train"},
      {.name = "predict",
       .help = "what the network says of every image, once",
       .needs = {"train"},
       .reads = kModel,
       .makes = {"raw.bin"},
       .key = predict_key,
       .run = plain(execute_predict)},
      {.name = "calibrate",
       .help = "probabilities and thresholds, on held-out images",
       .needs = {"predict"},
       .reads = {"model.safetensors", "model.json", "raw.bin"},
       .makes = {"calibration.json"},
       .key = calibrate_key,
       .run = plain(execute_calibrate)},
      {.name = "locate",
       .help = "scores, heat maps and boxes of every image",
       .needs = {"calibrate"},
       .reads = kJudged,
       .makes = {"predictions.jsonl", "overlays"},
       .key = locate_key,
       .run = plain(execute_locate)},
      {.name = "eval",
       .help = "figures on the test images",
       .needs = {"calibrate"},
       .reads = kJudged,
       .makes = {"eval.json"},
       .key = eval_key,
       .run = plain(execute_eval)},
      {.name = "galleries",
       .help = "pictures for the report",
       .needs = {"calibrate"},
       .reads = kJudged,
       .makes = {"galleries.json"},
       .key = galleries_key,
       .run = plain(execute_galleries)},
      {.name = "reasons",
       .help = "whether the map shows what decides",
       .needs = {"calibrate"},
       .reads = {"model.safetensors", "model.json", "calibration.json", "raw.bin"},
       .makes = {"reasons.json"},
       .key = reasons_key,
       .run = plain(execute_reasons)},
      {.name = "report",
       .help = "report.html and report.json",
       .needs = {"locate", "eval", "galleries", "reasons"},
       .reads = {"data.json", "train/result.json", "model.json", "calibration.json", "raw.bin",
                 "eval.json", "galleries.json", "reasons.json"},
       .makes = {"report.html", "report.json"},
       .key = report_key,
       .run = plain(execute_report)},
      {.name = "pseudo",
       .help = "pseudo boxes of the training images, with evidence",
       .needs = {"calibrate"},
       .reads = {"model.safetensors", "model.json", "calibration.json", "raw.bin"},
       .makes = {"pseudo_boxes.json"},
       .key = pseudo_key,
       .run = plain(execute_pseudo)},
  };
  check_stages(table);
  return table;
}

// What would stop a later stage stops the run before it takes long.
void refuse_early(const RunState& run, const std::vector<const Stage*>& planned) {
  check_training(run.recipe, run.dataset);
  if (!run.recipe.model.weights.empty()) value_or_throw(InputFile::open(run.recipe.model.weights));
  for (const Stage* stage : planned)
    if (stage->name == "eval") data::refuse_untested(run.dataset);
}

// A training that could not begin must not take the place of the one that is there.
void refuse_training(const RunState& run, const std::vector<const Stage*>& planned) {
  for (const Stage* stage : planned)
    if (stage->name == "train" && !has_folder(run.folder / stage->folder, stage_key(*stage, run)))
      try_training(run.recipe, run.dataset);
}

void log_work(std::chrono::steady_clock::time_point start, const WorkDone& before) {
  const WorkDone work = work_done() - before;
  log::info("run: {:.1f} s, {} forward passes, {} images decoded",
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
            work.forward_passes, work.decoded_images);
}

}  // namespace

const std::vector<Stage>& stages() {
  static const std::vector<Stage> table = make_stages();
  return table;
}

void run_stages(RunState& run, const std::vector<std::string>& wanted) {
  plan(stages(), wanted);
  RunFolder folder(run.folder);
  run_stages(run, wanted, folder);
}

void run_stages(RunState& run, const std::vector<std::string>& wanted, RunFolder& folder) {
  const auto start = std::chrono::steady_clock::now();
  const WorkDone before = work_done();
  if (const auto wrong = edge::check(run.recipe.input)) throw Error(wrong->place, wrong->message);
  make_paths_absolute(run.recipe);
  open_data(run);
  const std::vector<const Stage*> planned = plan(stages(), wanted);
  refuse_early(run, planned);

  std::optional<log::LogFile> log_file;
  run_dag(stages(), run, wanted, [&](const Stage& stage) {
    if (stage.name != "decode") return;
    leave_out_unreadable(run);
    refuse_training(run, planned);
    folder.accept();
    log_file.emplace(run.folder / "log.txt");
    write_text_atomic(run.folder / "recipe.yaml", options_that_matter(run.recipe).to_yaml());
    if (run.accepted) run.accepted();
  });
  log_work(start, before);
}

judge::CalibrateSettings calibrate_settings(const Recipe& recipe) {
  return {recipe.locate, recipe.view.paste, recipe.data.max_pixels, recipe.train.seed};
}

Recipe recipe_of_run(const fs::path& folder) {
  const fs::path file = folder / "recipe.yaml";
  if (!fs::exists(file))
    fail("run", "'{}': no recipe.yaml, expected a run folder", folder.string());
  return load_recipe(file, {});
}

}  // namespace paucal::pipeline
