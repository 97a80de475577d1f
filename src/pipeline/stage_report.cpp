// report: what a person looks at.

#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/version.h"
#include "judge/reasons.h"
#include "judge/report_sections.h"
#include "judge/task.h"
#include "pipeline/raw.h"
#include "pipeline/recipe_keys.h"
#include "pipeline/run.h"
#include "pipeline/start.h"
#include "report/curves.h"
#include "report/gallery_file.h"
#include "train/runtime.h"

namespace paucal::pipeline {
namespace {

std::string report_title(const RunState& run) {
  if (!run.recipe.report.title.empty()) return run.recipe.report.title;
  return std::filesystem::weakly_canonical(run.recipe.data.root).filename().string();
}

report::Table data_table(const Json& data) {
  report::Table table{
      .title = "Images", .columns = {{"Class"}, {"Train"}, {"Validation"}, {"Test"}}, .rows = {}};
  for (const auto& [name, splits] : data.at("counts").items())
    table.rows.push_back({name, splits.value("train", Json(0)), splits.value("val", Json(0)),
                          splits.value("test", Json(0))});
  return table;
}

std::vector<std::pair<std::string, double>> stage_seconds(const Json& stages) {
  std::vector<std::pair<std::string, double>> seconds;
  for (const auto& [name, stage] : stages.items())
    if (stage.is_object())
      seconds.emplace_back(name, stage.value("seconds", std::numeric_limits<double>::quiet_NaN()));
  return seconds;
}

std::vector<std::pair<std::string, std::string>> facts(const RunState& run) {
  const Json runtime = train::runtime_info();
  return {{"Paucal", version()},
          {"libtorch", runtime["libtorch"].get<std::string>()},
          {"BLAS", runtime["blas"].get<std::string>()},
          {"Compute threads", std::to_string(runtime["compute_threads"].get<int>())},
          {"Seed", std::to_string(run.recipe.train.seed)},
          {"Command", run.command}};
}

// report.json: what programs read.
Json summary(const RunState& run, const edge::ModelCard& card, const report::Report& report,
             const Json& figures, const Json& data, const Json& reasons) {
  Json json = {{"title", report.title}, {"verdict", report.verdict}};
  json["task"] = edge::name_of(card.task);
  for (const auto& [section, values] : figures.items()) json[section] = values;
  json["data"] = data;
  if (card.task == edge::Task::kInspection)
    json["start"] = to_json(start_of(run.recipe, run.dataset));
  if (card.calibration.promise) json["promise"] = edge::to_json(card)["calibration"]["promise"];
  if (!reasons.empty()) json["reasons"] = reasons;
  for (const auto& [name, seconds] : report.seconds) json["seconds"][name] = seconds;
  json["training"] = read_json(run.folder / "train" / "result.json");
  json["seed"] = run.recipe.train.seed;
  json["versions"] = train::runtime_info();
  json["versions"]["paucal"] = version();
  json["command"] = run.command;
  return json;
}

void add_reasons(const judge::Reasons& reasons, report::Report& report) {
  if (reasons.images == 0) return;
  if (const std::string wrong = sentence(reasons); !wrong.empty()) report.remarks.push_back(wrong);
  report.tables.push_back(reasons_table(reasons));
}

}  // namespace

void execute_report(RunState& run) {
  const edge::ModelCard card = judge::load_card(run.folder);
  const Json eval = read_json(run.folder / "eval.json"), data = read_json(run.folder / "data.json");
  const Json reasons = read_json(run.folder / "reasons.json");
  const auto decided =
      judge::decide_all(card, run.dataset, stored_raw(run.folder, run.dataset, card).source());
  report::Report report =
      judge::report_sections(card, run.dataset, metrics::figures_from_json(eval), decided);
  report.title = report_title(run);
  if (card.task == edge::Task::kInspection) {
    const Start start = start_of(run.recipe, run.dataset);
    report.remarks.push_back(fmt::format("Learnt by {}: {}.", start.method, start.why));
  }
  add_reasons(judge::reasons_from_json(reasons), report);
  report.galleries = report::galleries_from_json(read_json(run.folder / "galleries.json"));
  report.data = data_table(data);
  report.problems = run.dataset.problems;
  const judge::TaskRow& task = judge::task_of(card);
  report.training =
      report::training_charts(report::read_curves(run.folder / "train" / "metrics.jsonl"),
                              metrics::info_of(task.watched).key, task.watched_name);
  report.seconds = stage_seconds(read_json(run.folder / "stages.json"));
  report.facts = facts(run);
  report.recipe = options_that_matter(run.recipe).to_yaml();
  write_text_atomic(run.folder / "report.html", report::render_report(report));
  write_json(run.folder / "report.json", summary(run, card, report, eval, data, reasons));
  log::info("report: {}", (run.folder / "report.html").string());
}

}  // namespace paucal::pipeline
