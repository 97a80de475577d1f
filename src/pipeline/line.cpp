#include "pipeline/line.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/json_text.h"
#include "data/files/csv.h"
#include "judge/pseudo_boxes.h"
#include "labels/merge_boxes.h"
#include "metrics/figures.h"
#include "pipeline/recipe_keys.h"
#include "report/report_parts.h"
#include "weak/dense/self_training.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPseudo = "pseudo_boxes.json";
constexpr const char* kTaught = "taught_boxes.json";

enum class Phase { kClassifier, kDetector, kSelfTraining };

Phase phase_of(const std::string& name) {
  const std::vector<std::string> known = {"classifier", "detector", "self_training"};
  for (size_t i = 0; i < known.size(); ++i)
    if (name == known[i]) return static_cast<Phase>(i);
  fail_unknown("line", "phase", name, known);
}

// "1-classifier"
std::string phase_folder(const std::vector<std::string>& phases, size_t number) {
  return fmt::format("{}-{}", number + 1, phases[number]);
}

// The recipe of one phase; `before`: the folder of the run before, empty for the first.
Recipe recipe_of(const Recipe& line, Phase phase, const fs::path& before) {
  Recipe recipe = line;
  recipe.line = {};
  if (!before.empty()) recipe.model.weights = (before / "model.safetensors").string();
  std::string& teacher = recipe.detect.self_training.method;
  if (phase == Phase::kClassifier) {
    recipe.model.detector = {};
    recipe.detect = {};
    return recipe;
  }
  recipe.seam = {};  // from here on boxes say where objects end
  // A teacher is for dense heads. Without one the boxes of the run before teach once more: the map
  // where objects end, and regions.
  if (phase == Phase::kDetector || !recipe.model.detector.bbox_head.dense())
    teacher = "none";
  else if (teacher == "none")
    teacher = "dense_teacher";
  return recipe;
}

fs::path review_of(const Recipe& line, const fs::path& folder) {
  if (line.line.review.empty()) return folder / "reviewed_boxes.json";
  if (!fs::exists(line.line.review))
    fail("line", "line.review '{}': no such file, expected a COCO file", line.line.review);
  return line.line.review;
}

// The paths of the set that a run was trained on.
std::vector<std::string> images_of(const fs::path& run) {
  std::vector<std::string> paths;
  if (run.empty()) return paths;
  const data::CsvTable table = value_or_throw(data::read_csv(run / "split.csv"));
  for (const data::CsvRow& row : table.rows) paths.push_back(row.fields.at(0));
  return paths;
}

// The boxes that teach a phase.
void write_taught(const Recipe& line, const fs::path& folder, const fs::path& before,
                  const fs::path& file) {
  const Json pseudo = before.empty() ? Json() : read_json(before / kPseudo);
  const fs::path review = review_of(line, folder);
  const Json reviewed = fs::exists(review) ? read_json(review) : Json();
  std::vector<labels::Problem> problems;
  const Json merged =
      labels::merge_boxes(pseudo, reviewed, line.line.min_evidence, images_of(before), problems);
  for (const labels::Problem& problem : problems)
    log::warn("line: '{}': {}", problem.path, problem.message);
  log::info("line: {} boxes on {} images teach ({} images seen by people)",
            merged["annotations"].size(), merged["images"].size(),
            reviewed.is_null() ? 0 : reviewed.value("images", Json::array()).size());
  // The same boxes keep the file, and with it what was trained from it.
  const std::string text = dump_json(merged, 1);
  if (!fs::exists(file) || read_text(file) != text) write_text_atomic(file, text);
}

// What the runs of a chain are compared by.
std::span<const metrics::Picked> line_figures() {
  using metrics::ImageFigures;
  using metrics::LocalisationFigures;
  static const metrics::Picked kOfLine[] = {&ImageFigures::auroc,
                                            &ImageFigures::accuracy,
                                            &ImageFigures::overkill,
                                            &ImageFigures::escape,
                                            &LocalisationFigures::loc_at_3px,
                                            &LocalisationFigures::median_edge_error_px,
                                            &LocalisationFigures::p95_edge_error_px,
                                            &LocalisationFigures::map_at_50,
                                            &LocalisationFigures::max_box_acc_v2,
                                            &LocalisationFigures::max_box_acc_v2_centre_box};
  return kOfLine;
}

Json figures_of(const fs::path& run) {
  return metrics::picked_json(metrics::figures_from_json(read_json(run / "eval.json")),
                              line_figures());
}

std::string page(const Json& line) {
  report::Table table{
      .title = "", .columns = {{"run"}}, .rows = {}, .note = "On the same test images."};
  for (const metrics::Picked& figure : line_figures())
    table.columns.push_back({figure.info().name, figure.info().unit, figure.info().help});
  std::string links;
  for (const Json& phase : line.at("phases")) {
    auto& cells = table.rows.emplace_back(std::vector<Json>{phase.at("name")});
    for (const metrics::Picked& figure : line_figures())
      cells.push_back(phase.at("figures").value(figure.info().key, Json()));
    const std::string folder = report::escape(phase.at("folder").get<std::string>());
    links += "<li><a href=\"" + folder + "/report.html\">" + folder + "</a></li>";
  }
  const std::string title = "From labels to boxes, run by run";
  return report::render_page(
      title, "<header><h1>" + title + "</h1></header><section>" + report::render_table(table) +
                 "</section><section><h2>Reports</h2><ul>" + links + "</ul></section>");
}

// What a chain refuses before its first run.
void check_line(const Recipe& recipe) {
  if (!recipe.data.boxes.empty())
    fail("line",
         "data.boxes='{}' with line.phases, expected none: boxes that people gave teach a chain as "
         "line.review",
         recipe.data.boxes);
  const weak::SelfTrainingOptions& teacher = recipe.detect.self_training;
  if (teacher.on()) weak::check_teacher(teacher, recipe.model.detector.bbox_head);
  for (const std::string& name : recipe.line.phases) phase_of(name);
}

// The last phase's files as the chain's own. Until they are all there, its folder holds no
// model.json: killed in between, it is no model, rather than one with the thresholds of another.
void publish(const fs::path& from, const fs::path& to) {
  const std::vector<std::string> files = {
      "model.safetensors", "calibration.json", "predictions.jsonl", "eval.json",
      "data.json",         "split.csv",        "model.json"};
  const auto same = [&](const std::string& file) {
    return fs::exists(to / file) && hash_file(from / file) == hash_file(to / file);
  };
  if (std::ranges::all_of(files, same)) return;
  fs::remove(to / "model.json");
  for (const std::string& file : files)
    write_file_atomic(to / file, value_or_throw(read_file(from / file)));
}

// Where the phases stand, and what the first of them lets the chain write.
struct Line {
  const Recipe& recipe;
  fs::path folder;
  std::string command;
  const Train& train;
  std::function<void()> accepted;
};

void run_phase(const Line& line, size_t number, const fs::path& before) {
  const std::vector<std::string>& phases = line.recipe.line.phases;
  const Phase phase = phase_of(phases[number]);
  RunState run;
  run.folder = line.folder / phase_folder(phases, number);
  run.command = line.command;
  run.train = line.train;
  run.accepted = line.accepted;
  run.recipe = recipe_of(line.recipe, phase, before);
  RunFolder folder(run.folder);
  if (phase != Phase::kClassifier) {
    write_taught(line.recipe, line.folder, before, run.folder / kTaught);
    run.recipe.data.boxes = (run.folder / kTaught).string();
  }
  if (number + 1 < phases.size())
    run_stages(run, {"report", "pseudo"}, folder);
  else
    run_stages(run, {"report"}, folder);
}

}  // namespace

Json run_line(const Recipe& given, const fs::path& folder, const std::string& command,
              const Train& train) {
  Recipe recipe = given;
  make_paths_absolute(recipe);
  check_line(recipe);
  review_of(recipe, folder);
  RunFolder held(folder);
  const Line line{recipe, folder, command, train, [&] {
                    held.accept();
                    Recipe resolved = recipe;
                    write_text_atomic(folder / "recipe.yaml",
                                      options_that_matter(resolved).to_yaml());
                  }};
  const std::vector<std::string>& phases = recipe.line.phases;
  Json json = {{"phases", Json::array()}};
  fs::path before;
  for (size_t i = 0; i < phases.size(); ++i) {
    log::info("line: {} of {}: {}", i + 1, phases.size(), phases[i]);
    run_phase(line, i, before);
    before = folder / phase_folder(phases, i);
    json["phases"].push_back({{"name", phases[i]},
                              {"folder", phase_folder(phases, i)},
                              {"figures", figures_of(before)}});
    write_json(folder / "line.json", json);
  }
  publish(before, folder);
  write_text_atomic(folder / "report.html", page(json));
  return json;
}

}  // namespace paucal::pipeline
