#include "pipeline/studies/simulation_page.h"

#include <algorithm>
#include <cmath>

#include "pipeline/studies/simulation_claims.h"
#include "pipeline/studies/simulation_run.h"
#include "report/report_parts.h"

namespace paucal::pipeline {
namespace {

constexpr const char* kDrawn = "all boxes drawn";

// Mean over the seeds that have a number; NaN where none has.
struct Mean {
  double sum = 0;
  int count = 0;

  void add(const Json& value) {
    if (!value.is_number()) return;
    sum += value.get<double>();
    ++count;
  }
  double value() const { return count > 0 ? sum / count : NAN; }
  Json json() const { return count > 0 ? Json(value()) : Json(); }
};

// One order at one point, over the seeds.
struct MeanPoint {
  Mean seconds, images;
  std::vector<Mean> figures;  // those of simulation_figures()
};

void add_figures(const Json& from, std::vector<Mean>& to) {
  const auto figures = simulation_figures();
  to.resize(figures.size());
  for (size_t i = 0; i < figures.size(); ++i) to[i].add(from.value(figures[i].info().key, Json()));
}

std::vector<MeanPoint> mean_points(const Json& report, const std::string& order) {
  std::vector<MeanPoint> points;
  for (const Json& point : report.at("points")) {
    if (point.at("order") != order) continue;
    const auto number = point.at("point").get<size_t>();
    if (number >= points.size()) points.resize(number + 1);
    points[number].seconds.add(point.at("seconds"));
    points[number].images.add(point.at("images"));
    add_figures(point.at("figures"), points[number].figures);
  }
  return points;
}

std::vector<Mean> drawn_figures(const Json& report) {
  std::vector<Mean> figures;
  for (const Json& drawn : report.at("drawn")) add_figures(drawn.at("figures"), figures);
  figures.resize(simulation_figures().size());
  return figures;
}

std::string chart_of(const Json& report, size_t figure) {
  const metrics::FigureInfo& info = simulation_figures()[figure].info();
  report::LineChart chart{.title = fmt::format("{} against a person's seconds", info.name),
                          .x = {.label = "seconds"},
                          .y = {.label = info.name, .unit = info.unit},
                          .series = {}};
  double longest = 0;
  for (const std::string& order : metrics::review_order_names()) {
    report::Series series{order, {}};
    for (const MeanPoint& point : mean_points(report, order)) {
      series.points.push_back({point.seconds.value(), point.figures[figure].value()});
      longest = std::max(longest, point.seconds.value());
    }
    chart.series.push_back(std::move(series));
  }
  const double drawn = drawn_figures(report)[figure].value();
  chart.series.push_back({kDrawn, {{0, drawn}, {longest, drawn}}});
  return report::line_chart(chart);
}

report::Table points_table(const Json& report) {
  report::Table table{
      .title = "Points",
      .columns = {{"order"},
                  {"seconds", Unit::kSeconds, "A person's seconds so far, at the costs given."},
                  {"images", Unit::kPlain, "Images that were reviewed so far."}},
      .rows = {},
      .note = "Mean over the seeds, on the same test images."};
  for (const metrics::Picked& figure : simulation_figures())
    table.columns.push_back({figure.info().name, figure.info().unit, figure.info().help});
  const auto add = [&](const std::string& name, const Json& seconds, const Json& images,
                       const std::vector<Mean>& figures) {
    auto& row = table.rows.emplace_back(std::vector<Json>{name, seconds, images});
    for (const Mean& figure : figures) row.push_back(figure.json());
  };
  for (const std::string& order : metrics::review_order_names())
    for (const MeanPoint& point : mean_points(report, order))
      add(order, point.seconds.json(), point.images.json(), point.figures);
  add(kDrawn, report.at("drawing").at("seconds"), report.at("images"), drawn_figures(report));
  return table;
}

// The claims of one figure and order lie side by side, factor by factor.
std::vector<std::vector<Json>> claim_rows(const Json& report) {
  std::vector<std::vector<Json>> rows;
  std::string last;
  for (const Json& claim : report.at("claims")) {
    const std::string figure = claim.at("figure"), order = claim.at("order");
    if (figure + order != last) rows.push_back({figure, order});
    last = figure + order;
    rows.back().push_back(claim.at("mean_saved"));
  }
  return rows;
}

report::Table claims_table(const Json& report) {
  const char* help =
      "1 - (seconds of review until 95 % of the figure that all boxes drawn bring) / (seconds to "
      "draw all training images); mean over the seeds. A dash: not with every seed.";
  return {
      .title = "Work saved",
      .columns = {{"figure"},
                  {"order"},
                  {"judging × ½", Unit::kPercent, help},
                  {"× 1", Unit::kPercent},
                  {"× 2", Unit::kPercent}},
      .rows = claim_rows(report),
      .note =
          "Judging: what it takes to accept, reject and correct a proposed box, against drawing "
          "one. The orders were chosen at × 1."};
}

}  // namespace

std::string simulation_page(const Json& report) {
  const std::string title = "Which images first? Quality against a person's seconds";
  std::string body = "<header><h1>" + title + "</h1><p>" +
                     report::escape(simulation_verdict(report)) + "</p></header><section>";
  for (size_t i = 0; i < simulation_figures().size(); ++i) body += chart_of(report, i);
  return report::render_page(
      title, body + "</section><section>" + report::render_table(claims_table(report)) +
                 "</section><section>" + report::render_table(points_table(report)) + "</section>");
}

std::string simulation_text(const Json& report) {
  const report::Table table = points_table(report);
  std::string text = fmt::format("{:<16}", "");
  for (size_t i = 1; i < table.columns.size(); ++i)
    text += fmt::format(" {:>20}", table.columns[i].name);
  for (const auto& row : table.rows) {
    text += fmt::format("\n{:<16}", row[0].get<std::string>());
    for (size_t i = 1; i < row.size(); ++i)
      text += fmt::format(" {:>20}", format_number(row[i].is_number() ? row[i].get<double>() : NAN,
                                                   table.columns[i].unit));
  }
  text += "\n\nWork saved, judging a box at × ½, 1, 2 of its cost against drawing:\n";
  for (const auto& row : claim_rows(report)) {
    text += fmt::format("{:<12} {:<12}", row[0].get<std::string>(), row[1].get<std::string>());
    for (size_t i = 2; i < row.size(); ++i)
      text += fmt::format(" {:>12}", row[i].is_number()
                                         ? format_number(row[i].get<double>(), Unit::kPercent)
                                         : "not reached");
    text += "\n";
  }
  return text + simulation_verdict(report) + "\n";
}

}  // namespace paucal::pipeline
