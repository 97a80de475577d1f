// loop step: what people decided teaches; the better of two new models goes live.

#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "cli/loop.h"
#include "command/flags.h"
#include "command/output.h"
#include "loop/teach.h"
#include "pipeline/deploy/export.h"
#include "pipeline/deploy/golden.h"
#include "pipeline/line.h"
#include "pipeline/run.h"
#include "pipeline/take_weights.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kGoldenImages = 8;

struct StepArguments {
  std::string dir, run, recipe, out;
  std::vector<std::string> assignments;
  ChallengePlaces places;
  loop::ChallengeOptions options;
};

// The folder of a step that is new: DIR/steps/1, 2, 3 …
fs::path next_step(const fs::path& dir) {
  for (int number = 1;; ++number) {
    fs::path folder = dir / "steps" / std::to_string(number);
    if (!fs::exists(folder)) return folder;
  }
}

// Its numbers, one level deep.
std::string figures_text(const Json& figures) {
  std::string text;
  for (const auto& [key, value] : figures.items())
    if (value.is_number() && text.size() < 400)
      text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", key, value.get<double>());
  return text;
}

// Of the test images that the run before had, so that forgetting is seen.
void print_old_test(const fs::path& run) {
  const fs::path file = run / "eval.json";
  if (!fs::exists(file)) return;
  command::print("{} on the test images of the run before: {}\n", run.filename().string(),
                 figures_text(read_json(file).at("image")));
}

struct Candidate {
  fs::path run, file;
  std::optional<loop::Challenged> result = {};
};

void step(StepArguments a) {
  a.places.dir = a.dir;
  if (a.places.champion.empty()) a.places.champion = a.run;
  const fs::path folder = a.out.empty() ? next_step(a.dir) : fs::path(a.out);
  const auto store = review::Store::open_to_read(a.dir);
  const loop::Taught taught = loop::write_teaching_set(*store, a.run, folder / "data");
  command::print(
      "{}: {} images of the run before, {} of the line ({} NG); {} that measure stay out\n",
      (folder / "data").string(), taught.old_images, taught.line_images, taught.line_ng,
      taught.left_out);
  const fs::path recipe = a.recipe.empty() ? fs::path(a.run) / "recipe.yaml" : fs::path(a.recipe);
  auto assignments = a.assignments;
  assignments.push_back("data.root=" + fs::absolute(folder / "data").string());
  assignments.push_back("data.split=" + fs::absolute(folder / "data" / "split.csv").string());
  auto on = assignments;
  on.push_back("model.weights=" + fs::absolute(fs::path(a.run) / "model.safetensors").string());
  std::vector<Candidate> candidates = {{folder / "on"}, {folder / "anew"}};
  make_run(recipe, on, candidates[0].run);
  make_run(recipe, assignments, candidates[1].run);
  const Candidate* best = nullptr;
  for (Candidate& candidate : candidates) {
    candidate.file = model_file_of(candidate.run, folder);
    print_old_test(candidate.run);
    candidate.result = challenge(a.places, candidate.file, a.options);
    const auto wrong = [](const Candidate& c) { return c.result->comparison.challenger.wrong; };
    if (candidate.result->comparison.promote && (!best || wrong(candidate) < wrong(*best)))
      best = &candidate;
  }
  if (best) {
    command::print("promote {}\n", best->run.string());
    place_promoted(a.places, best->file);
  } else {
    command::print("keep\n");
  }
}

}  // namespace

fs::path model_file_of(const fs::path& run_or_file, const fs::path& folder) {
  if (!fs::is_directory(run_or_file)) return run_or_file;
  const fs::path weights = run_or_file / "model.safetensors";
  if (!fs::exists(weights))
    fail("challenge", "'{}': no model.safetensors, expected a trained run, or a model file",
         run_or_file.string());
  // A run that was trained again has another name.
  const std::string hash = value_or_throw(sha256_of_file(weights)).substr(0, 12);
  const fs::path file =
      folder / fmt::format("{}-{}.paucal",
                           fs::absolute(run_or_file).lexically_normal().filename().string(), hash);
  if (fs::exists(file)) return file;
  train::init_runtime();
  const auto exported = pipeline::export_model(judge::load_model(run_or_file));
  write_file_atomic(file, edge::write_model(exported.model));
  pipeline::write_golden(run_or_file, file, kGoldenImages);
  return file;
}

void make_run(const fs::path& recipe, const std::vector<std::string>& assignments,
              const fs::path& out) {
  pipeline::RunState run;
  run.recipe = pipeline::load_recipe(recipe, assignments);
  pipeline::take_weights(run.recipe, assignments);
  run.folder = out;
  run.command = fmt::format("paucal run {} {} --out {}", recipe.string(),
                            fmt::join(assignments, " "), out.string());
  train::init_runtime(run.recipe.train.threads);
  if (run.recipe.line.phases.empty())
    pipeline::run_stages(run, {"report"});
  else
    pipeline::run_line(run.recipe, run.folder, run.command);
}

void declare_step(CLI::App& loop) {
  CLI::App& app = *loop.add_subcommand(
      "step",
      "trains on from the live run, and beside it anew, with what people decided of the "
      "line; both challenge the champion, and the better one is promoted");
  const auto arguments = std::make_shared<StepArguments>();
  app.add_option("dir", arguments->dir, "folder of the review")->required();
  app.add_option("assignments", arguments->assignments, "key=value, on top of the recipe");
  app.add_option("--run", arguments->run, "the live run, from whose weights training goes on")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--recipe", arguments->recipe, "recipe file; default: that of the live run");
  app.add_option("--out", arguments->out, "folder to write to; default: DIR/steps/1, 2, 3 …");
  add_flags(app, arguments->places);
  command::add_flags(app, options_of(arguments->options), '-');
  app.callback([=] { step(*arguments); });
}

}  // namespace paucal::cli
