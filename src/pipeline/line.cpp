#include "pipeline/line.h"

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/json_text.h"
#include "judge/pseudo_boxes.h"
#include "labels/merge_boxes.h"
#include "pipeline/run.h"
#include "report/report_parts.h"

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

// The recipe of one phase; `before`: the folder of the run before, empty for the first.
Recipe recipe_of(const Recipe& line, Phase phase, const fs::path& before) {
  Recipe recipe = line;
  recipe.line = {};
  if (!before.empty()) recipe.weights = (before / "model.safetensors").string();
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

// The boxes that teach a phase.
void write_taught(const Recipe& line, const fs::path& folder, const fs::path& before,
                  const fs::path& file) {
  const Json pseudo = before.empty() ? Json() : read_json(before / kPseudo);
  const fs::path review = review_of(line, folder);
  const Json reviewed = fs::exists(review) ? read_json(review) : Json();
  const Json merged = labels::merge_boxes(pseudo, reviewed, line.line.min_evidence);
  log::info("line: {} boxes on {} images teach ({} images seen by people)",
            merged["annotations"].size(), merged["images"].size(),
            reviewed.is_null() ? 0 : reviewed.value("images", Json::array()).size());
  // The same boxes keep the file, and with it what was trained from it.
  const std::string text = dump_json(merged, 1);
  if (!fs::exists(file) || read_text(file) != text) write_text_atomic(file, text);
}

Json figures_of(const fs::path& run) {
  const Json eval = read_json(run / "eval.json");
  Json row = Json::object();
  for (const char* key : {"accuracy", "auroc", "overkill", "escape"})
    if (eval["image"].contains(key)) row[key] = eval["image"][key];
  if (eval.contains("localisation"))
    for (const char* key : {"loc_at_3px", "median_edge_error_px", "p95_edge_error_px", "map_at_50",
                            "max_box_acc_v2", "max_box_acc_v2_centre_box"})
      if (eval["localisation"].contains(key)) row[key] = eval["localisation"][key];
  return row;
}

std::string page(const Json& line) {
  report::Table table{.title = "",
                      .columns = {{"run"},
                                  {"AUROC", Unit::kScore},
                                  {"accuracy", Unit::kPercent},
                                  {"within 3 px", Unit::kPercent},
                                  {"median edge error", Unit::kPixels},
                                  {"95 % below", Unit::kPixels},
                                  {"AP at IoU .5", Unit::kScore},
                                  {"MaxBoxAccV2", Unit::kScore}},
                      .rows = {},
                      .note =
                          "On the same test images. Within 3 px: share of all defects, missed ones "
                          "counting as failures."};
  std::string links;
  for (const Json& phase : line.at("phases")) {
    const Json& f = phase.at("figures");
    const auto figure = [&](const char* key) { return f.contains(key) ? f[key] : Json(); };
    table.rows.push_back({phase.at("name"), figure("auroc"), figure("accuracy"),
                          figure("loc_at_3px"), figure("median_edge_error_px"),
                          figure("p95_edge_error_px"), figure("map_at_50"),
                          figure("max_box_acc_v2")});
    const std::string folder = report::escape(phase.at("folder").get<std::string>());
    links += "<li><a href=\"" + folder + "/report.html\">" + folder + "</a></li>";
  }
  const std::string title = "From labels to boxes, run by run";
  return report::render_page(
      title, "<header><h1>" + title + "</h1></header><section>" + report::render_table(table) +
                 "</section><section><h2>Reports</h2><ul>" + links + "</ul></section>");
}

}  // namespace

Json run_line(const Recipe& recipe, const fs::path& folder, const std::string& command) {
  if (!recipe.data.boxes.empty())
    fail("line",
         "data.boxes='{}' with line.phases, expected none: boxes that people gave teach a line as "
         "line.review",
         recipe.data.boxes);
  const auto& teacher = recipe.detect.self_training;
  if (teacher.on() && !recipe.model.detector.bbox_head.dense())
    fail("line",
         "detect.self_training.method={} with model.bbox_head.type={}, expected none: a teacher is "
         "for dense heads (retinanet_mil, cps_rpn)",
         teacher.method, recipe.model.detector.bbox_head.type);
  std::vector<Phase> phases;
  for (const std::string& name : recipe.line.phases) phases.push_back(phase_of(name));
  fs::create_directories(folder);
  Recipe resolved = recipe;
  write_text_atomic(folder / "recipe.yaml", options_of(resolved).to_yaml());

  Json line = {{"phases", Json::array()}};
  fs::path before;
  for (size_t i = 0; i < phases.size(); ++i) {
    const std::string name = fmt::format("{}-{}", i + 1, recipe.line.phases[i]);
    log::info("line: {} of {}: {}", i + 1, phases.size(), recipe.line.phases[i]);
    RunState run;
    run.folder = folder / name;
    run.command = command;
    run.recipe = recipe_of(recipe, phases[i], before);
    if (phases[i] != Phase::kClassifier) {
      fs::create_directories(run.folder);
      write_taught(recipe, folder, before, run.folder / kTaught);
      run.recipe.data.boxes = (run.folder / kTaught).string();
    }
    run_stages(run, i + 1 < phases.size() ? "pseudo" : "report");
    line["phases"].push_back(
        {{"name", recipe.line.phases[i]}, {"folder", name}, {"figures", figures_of(run.folder)}});
    write_json(folder / "line.json", line);
    before = run.folder;
  }
  for (const char* file : {"model.safetensors", "model.json", "predictions.jsonl", "eval.json",
                           "data.json", "split.csv"})
    fs::copy_file(before / file, folder / file, fs::copy_options::overwrite_existing);
  write_text_atomic(folder / "report.html", page(line));
  return line;
}

}  // namespace paucal::pipeline
