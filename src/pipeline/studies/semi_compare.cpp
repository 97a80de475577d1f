#include "pipeline/studies/semi_compare.h"

#include <chrono>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/evenly.h"
#include "base/files.h"
#include "base/host/log.h"
#include "judge/classify.h"
#include "report/html.h"
#include "report/plots.h"
#include "report/report_parts.h"
#include "semi/method.h"

namespace paucal::pipeline {
namespace {

const metrics::FigureInfo& error_info() {
  return metrics::info_of(&metrics::ImageFigures::error);
}

struct Cell {
  std::string method;
  int64_t labels;
  int64_t seed;
};

Json run_cell(const Recipe& recipe, const CompareOptions& options, const Cell& cell,
              const std::filesystem::path& folder, const Train& train) {
  RunState run;
  run.train = train;
  run.recipe = recipe;
  run.recipe.semi.method = cell.method;
  run.recipe.semi.labels = cell.labels;
  run.recipe.train.seed = static_cast<uint64_t>(cell.seed);
  run.folder = folder / fmt::format("{}-{}-{}", cell.method, cell.labels, cell.seed);
  const auto start = std::chrono::steady_clock::now();
  run_stages(run, {"train"});
  std::vector<int> test = run.dataset.indices(data::Split::kTest);
  if (options.test > 0) test = evenly(test, static_cast<size_t>(options.test));
  if (test.empty()) fail("compare", "0 test images, expected at least 1; raise data.test");
  const metrics::ImageFigures figures = judge::figures_of(
      run.dataset, judge::classify(judge::load_model(run.folder), *run.cache, test));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {{"method", cell.method},      {"labels", cell.labels},
          {"seed", cell.seed},          {error_info().key, *figures.error},
          {"test_images", test.size()}, {"seconds", seconds}};
}

struct Summary {
  double mean = NAN, deviation = NAN;
  int count = 0;
};

Summary summary_of(const Json& report, const std::string& method, int64_t labels) {
  std::vector<double> errors;
  for (const Json& result : report.at("results"))
    if (result.at("method") == method && result.at("labels") == labels)
      errors.push_back(result.at(error_info().key));
  Summary summary;
  summary.count = static_cast<int>(errors.size());
  if (errors.empty()) return summary;
  double sum = 0, squares = 0;
  for (const double error : errors) sum += error;
  summary.mean = sum / summary.count;
  for (const double error : errors) squares += (error - summary.mean) * (error - summary.mean);
  if (summary.count > 1) summary.deviation = std::sqrt(squares / (summary.count - 1));
  return summary;
}

std::string cell_text(const Summary& s) {
  if (s.count == 0) return "–";
  return std::isnan(s.deviation)
             ? fmt::format("{:.1f} %", 100 * s.mean)
             : fmt::format("{:.1f} ± {:.1f} %", 100 * s.mean, 100 * s.deviation);
}

// Lines over the number of labels; bars where there is but one.
std::string plot(const Json& report) {
  const std::string title = "Test error by number of labels";
  report::LineChart lines{
      .title = title,
      .x = {.label = "labels"},
      .y = {.label = error_info().key, .unit = Unit::kPercent, .range = std::pair(0., 1.)},
      .series = {}};
  report::BarChart bars{.title = title, .unit = Unit::kPercent, .bars = {}};
  for (const std::string method : report.at("methods")) {
    report::Series series{method, {}};
    for (const int64_t labels : report.at("labels"))
      if (const Summary s = summary_of(report, method, labels); s.count > 0) {
        series.points.push_back({static_cast<double>(labels), s.mean});
        bars.bars.emplace_back(method, s.mean);
      }
    lines.series.push_back(std::move(series));
  }
  return report.at("labels").size() > 1 ? report::line_chart(lines) : report::bar_chart(bars);
}

std::string compare_page(const Json& report) {
  report::Table table{.title = "",
                      .columns = {{"method"}},
                      .rows = {},
                      .note =
                          "Share of the test images that are classified wrong: mean and standard "
                          "deviation over the seeds."};
  for (const int64_t labels : report.at("labels"))
    table.columns.push_back({fmt::format("{} labels", labels)});
  for (const std::string method : report.at("methods")) {
    std::vector<Json> row = {method};
    for (const int64_t labels : report.at("labels"))
      row.push_back(cell_text(summary_of(report, method, labels)));
    table.rows.push_back(std::move(row));
  }
  const std::string title = "Methods side by side";
  return report::render_page(title, "<header><h1>" + title + "</h1></header><section>" +
                                        plot(report) + report::render_table(table) + "</section>");
}

}  // namespace

Json compare_methods(const Recipe& recipe, const CompareOptions& options,
                     const std::filesystem::path& folder, const Train& train) {
  for (const std::string& method : options.methods) semi::find_method(method);
  for (const int64_t labels : options.labels)
    if (labels < 1 || labels > CompareOptions::kMostLabels)
      fail("compare", "{} labels, expected 1 to {}", labels, CompareOptions::kMostLabels);
  std::filesystem::create_directories(folder);
  Json report = {
      {"methods", options.methods}, {"labels", options.labels}, {"results", Json::array()}};
  for (int64_t seed = 0; seed < options.seeds; ++seed)
    for (const int64_t labels : options.labels)
      for (const std::string& method : options.methods) {
        log::info("compare: {} with {} labels, seed {}", method, labels, seed);
        report["results"].push_back(
            run_cell(recipe, options, {method, labels, seed}, folder, train));
        write_json(folder / "compare.json", report);
        write_text_atomic(folder / "compare.html", compare_page(report));
      }
  return report;
}

std::string compare_table(const Json& report) {
  std::string text = fmt::format("{:<14}", error_info().key);
  for (const int64_t labels : report.at("labels"))
    text += fmt::format(" {:>16}", fmt::format("{} labels", labels));
  text += "\n";
  for (const std::string method : report.at("methods")) {
    text += fmt::format("{:<14}", method);
    for (const int64_t labels : report.at("labels"))
      text += fmt::format(" {:>16}", cell_text(summary_of(report, method, labels)));
    text += "\n";
  }
  return text;
}

}  // namespace paucal::pipeline
