#include "report/report.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "report/report_parts.h"

namespace paucal::report {
namespace {

// Content of a section; it appears in the page and its list of contents if there is any.
struct Section {
  std::string id, title, html;
};

std::string plots(const std::vector<std::string>& drawn) {
  std::string all;
  for (const auto& plot : drawn) all += plot;
  return all.empty() ? "" : "<div class=\"plots\">" + all + "</div>";
}

double share_from(const std::vector<Outcome>& images, bool positive, double threshold) {
  double all = 0, above = 0;
  for (const auto& image : images) {
    if (image.positive != positive) continue;
    ++all;
    above += image.score >= threshold;
  }
  return above / all;  // NaN if there are none
}

// One point for each distinct score, from the strictest threshold to the loosest.
std::vector<Point> roc_curve(std::vector<Outcome> images) {
  std::erase_if(images, [](const Outcome& image) { return std::isnan(image.score); });
  std::sort(images.begin(), images.end(),
            [](const Outcome& a, const Outcome& b) { return a.score > b.score; });
  double positives = 0, negatives = 0;
  for (const auto& image : images) (image.positive ? positives : negatives) += 1;
  if (positives == 0 || negatives == 0) return {};
  std::vector<Point> curve{{0, 0}};
  double hits = 0, alarms = 0;
  for (size_t i = 0; i < images.size(); ++i) {
    (images[i].positive ? hits : alarms) += 1;
    if (i + 1 == images.size() || images[i + 1].score != images[i].score)
      curve.push_back({alarms / negatives, hits / positives});
  }
  return curve;
}

std::string score_histogram(const Decision& decision) {
  Histogram scores;
  scores.title = "Scores of OK and NG images";
  scores.x.label = "score: how sure it is of a defect";
  scores.panels = {{"OK", "ok", {}, Histogram::Bad::kAbove, "overkilled"},
                   {"NG", "ng", {}, Histogram::Bad::kBelow, "escaped"}};
  scores.line = decision.threshold;
  scores.line_label = "threshold " + format_number(decision.threshold, Unit::kScore);
  bool probability = true;
  for (const auto& image : decision.images) {
    scores.panels[image.positive ? 1 : 0].values.push_back(image.score);
    probability &= image.score >= 0 && image.score <= 1;
  }
  if (probability) scores.x.range = {0, 1};
  return histogram(scores);
}

// Both axes are shares from 0 to 1.
LineChart share_chart(std::string title) {
  LineChart chart;
  chart.title = std::move(title);
  chart.x.unit = chart.y.unit = Unit::kPercent;
  chart.x.range = chart.y.range = {0, 1};
  chart.diagonal = true;
  return chart;
}

std::string roc_chart(const Decision& decision) {
  LineChart chart = share_chart("Every threshold at once (ROC curve)");
  chart.x.label = "overkill: OK called NG";
  chart.y.label = "NG found";
  chart.series = {{"", roc_curve(decision.images)}};
  const double overkill = share_from(decision.images, false, decision.threshold);
  const double found = share_from(decision.images, true, decision.threshold);
  chart.marker = Point{overkill, found};
  chart.marker_label =
      fmt::format("here: {} found, {} overkill", format_number(found, Unit::kPercent),
                  format_number(overkill, Unit::kPercent));
  return line_chart(chart);
}

// Ten bins of stated probability: what was stated on average, and how often it came true.
std::string reliability_chart(const std::vector<Outcome>& outcomes) {
  struct Bin {
    double stated = 0, came_true = 0, count = 0;
  };
  std::array<Bin, 10> bins;
  for (const auto& outcome : outcomes) {
    if (!(outcome.score >= 0 && outcome.score <= 1)) continue;
    Bin& bin = bins[std::min(9, static_cast<int>(outcome.score * 10))];
    bin.stated += outcome.score;
    bin.came_true += outcome.positive;
    ++bin.count;
  }
  LineChart chart = share_chart("Is the stated probability honest?");
  chart.x.label = "stated probability (size of dot: images)";
  chart.y.label = "how often it was true";
  Series series;
  for (const auto& bin : bins) {
    if (bin.count == 0) continue;
    series.points.push_back({bin.stated / bin.count, bin.came_true / bin.count});
    series.sizes.push_back(bin.count);
  }
  chart.series = {series};
  return line_chart(chart);
}

std::string edge_error_histogram(const Report& report) {
  std::vector<double> errors = report.edge_errors;
  std::erase_if(errors, [](double error) { return !std::isfinite(error); });
  if (errors.empty()) return "";
  std::sort(errors.begin(), errors.end());
  // A few boxes far off must not squeeze the rest; they stand in the last bar.
  const double most = errors[(errors.size() - 1) * 95 / 100];
  const double end = report.edge_limit * std::clamp(std::ceil(most / report.edge_limit), 4.0, 20.0);
  Histogram chart;
  chart.title = "How far off the edges are";
  chart.x.label = "mean edge error in px; the last bar holds all beyond";
  chart.x.range = {0, end};
  chart.panels = {{"defects found", "c0", errors}};
  chart.line = report.edge_limit;
  chart.line_label = format_number(report.edge_limit, Unit::kPixels);
  chart.bins = 36;
  return histogram(chart);
}

std::string table_or_nothing(const std::optional<Table>& table) {
  return table && !table->rows.empty() ? render_table(*table) : "";
}

std::string decision_html(const Report& report) {
  std::vector<std::string> drawn;
  if (report.decision && !report.decision->images.empty()) {
    drawn.push_back(score_histogram(*report.decision));
    drawn.push_back(roc_chart(*report.decision));
  }
  if (!report.calibration.empty()) drawn.push_back(reliability_chart(report.calibration));
  std::string confusion;
  if (report.confusion && !report.confusion->truth.empty())
    confusion = "<div>" + render_confusion(*report.confusion) + "</div>";
  drawn.push_back(confusion);
  return plots(drawn);
}

std::string galleries_html(const Report& report) {
  size_t budget = kPictureBudget;
  std::string out;
  for (const auto& gallery : report.galleries) out += render_gallery(gallery, budget);
  return out;
}

std::string training_html(const Report& report) {
  std::vector<std::string> drawn;
  for (const auto& chart : report.training) drawn.push_back(line_chart(chart));
  drawn.push_back(bar_chart({"Time by stage", Unit::kSeconds, report.seconds}));
  return plots(drawn);
}

std::string making_html(const Report& report) {
  std::string out;
  for (const auto& [name, value] : report.facts)
    out += fmt::format("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
  if (!out.empty()) out = "<dl class=\"facts\">" + out + "</dl>";
  if (!report.recipe.empty())
    out += fmt::format("<details><summary>The recipe as resolved</summary><pre>{}</pre></details>",
                       escape(report.recipe));
  return out;
}

std::vector<Section> sections(const Report& report) {
  std::string tables;
  for (const auto& table : report.tables) tables += table_or_nothing(table);
  return {
      {"decision", "The decision", decision_html(report)},
      {"classes", "By class", table_or_nothing(report.by_class)},
      {"pictures", "What it saw", galleries_html(report)},
      {"localisation", "Where the defects are",
       table_or_nothing(report.localisation) + plots({edge_error_histogram(report)})},
      {"further", "Further results", tables},
      {"data", "The data", table_or_nothing(report.data) + render_problems(report.problems)},
      {"training", "Training", training_html(report)},
      {"making", "How this was made", making_html(report)},
  };
}

std::string header(const Report& report) {
  std::string out = fmt::format("<header><p class=\"kind\">Inspection report</p><h1>{}</h1>",
                                escape(report.title));
  if (!report.verdict.empty())
    out += fmt::format("<p class=\"verdict\">{}</p>", escape(report.verdict));
  if (!report.remarks.empty()) {
    out += "<ul class=\"remarks\">";
    for (const auto& remark : report.remarks) out += fmt::format("<li>{}</li>", escape(remark));
    out += "</ul>";
  }
  return out + "</header>";
}

}  // namespace

std::string render_report(const Report& report) {
  std::string contents, body;
  for (const auto& [id, title, html] : sections(report)) {
    if (html.empty()) continue;
    contents += fmt::format("<a href=\"#{}\">{}</a>", id, title);
    body += fmt::format("<section id=\"{}\"><h2>{}</h2>{}</section>\n", id, title, html);
  }
  return render_page(report.title, fmt::format("{}\n{}\n<nav>{}</nav>\n{}", header(report),
                                               render_figures(report.figures), contents, body));
}

}  // namespace paucal::report
