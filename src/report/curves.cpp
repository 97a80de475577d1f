#include "report/curves.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>

namespace paucal::report {
namespace {

constexpr size_t kMoments = 10;
constexpr size_t kShownClasses = 6;  // lines that a chart can tell apart
constexpr std::string_view kRatio = "pseudo_ratio/", kPrecision = "pseudo_precision/";

// A running mean: single batches say little.
std::vector<Point> smooth(std::vector<Point> points) {
  const double keep = 1 - 1 / std::max(1., static_cast<double>(points.size()) / 60);
  double mean = 0, weight = 0;
  for (auto& [x, y] : points) {
    mean = keep * mean + (1 - keep) * y;
    weight = keep * weight + (1 - keep);
    y = mean / weight;
  }
  return points;
}

struct Line {
  const char *figure, *name;
};

LineChart chart_of(const Curves& curves, const char* title, std::initializer_list<Line> lines,
                   Unit unit = Unit::kPlain) {
  LineChart chart;
  chart.title = title;
  chart.x.label = "step";
  chart.y.unit = unit;
  for (const Line& line : lines)
    if (const auto curve = curves.find(line.figure); curve != curves.end())
      chart.series.push_back({line.name, smooth(curve->second)});
  return chart;
}

// The classes that end farthest from the share that they have among the labels.
LineChart class_chart(const Curves& curves) {
  std::vector<const Curves::value_type*> ratios;
  for (auto it = curves.lower_bound(std::string(kRatio));
       it != curves.end() && it->first.starts_with(kRatio); ++it)
    ratios.push_back(&*it);
  const auto nearness = [](const Curves::value_type* curve) {
    return -std::abs(std::log(std::max(1e-3, curve->second.back()[1])));
  };
  std::ranges::stable_sort(ratios, {}, nearness);
  if (ratios.size() > kShownClasses) ratios.resize(kShownClasses);
  LineChart chart;
  chart.title = "Share among pseudo-labels over share among labels (1: alike)";
  chart.x.label = "step";
  for (const auto* curve : ratios)
    chart.series.push_back({curve->first.substr(kRatio.size()), curve->second});
  return chart;
}

double end_of(const Curves& curves, const std::string& figure) {
  const auto curve = curves.find(figure);
  return curve == curves.end() ? 0 : curve->second.back()[0];
}

// The value nearest to `step`; null where there is none within a tenth of the run.
Json near(const std::vector<Point>& points, double step, double end) {
  const auto distance = [&](const Point& point) { return std::abs(point[0] - step); };
  const Point& nearest = *std::ranges::min_element(points, {}, distance);
  return distance(nearest) <= end / 10 ? Json(nearest[1]) : Json();
}

}  // namespace

Curves read_curves(const std::filesystem::path& metrics) {
  Curves curves;
  std::ifstream file(metrics);
  for (std::string text; std::getline(file, text);) {
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object() || !line.contains("step") || !line["step"].is_number()) continue;
    const double step = line["step"];
    for (const auto& [name, value] : line.items())
      if (name != "step" && value.is_number()) curves[name].push_back({step, value.get<double>()});
  }
  return curves;
}

std::vector<LineChart> training_charts(const Curves& curves, const std::string& score,
                                       const std::string& name) {
  LineChart validation;
  validation.title = "Validation " + name;
  validation.x.label = "step";
  if (const auto curve = curves.find("val_" + score); curve != curves.end())
    validation.series.push_back({name, curve->second});
  std::vector<LineChart> charts = {
      chart_of(curves, "Loss",
               {{"loss", "loss"},
                {"image_loss", "image_loss"},
                {"pixel_loss", "pixel_loss"},
                {"labelled", "labelled images"},
                {"unlabelled", "unlabelled images"}}),
      std::move(validation),
      chart_of(curves, "Pseudo-labels",
               {{"pseudo_share", "used"},
                {"pseudo_precision", "right, of those used"},
                {"pseudo_ece", "calibration error"}},
               Unit::kPercent),
      chart_of(curves, "Classes that pseudo-labels spread over", {{"pseudo_classes", "classes"}}),
      class_chart(curves),
      chart_of(curves, "Trained network against its average",
               {{"teacher_gap", "distance of predictions"},
                {"teacher_disagreement", "called differently"}},
               Unit::kPercent)};
  charts[2].y.range = {0, 1};
  std::erase_if(charts, [](const LineChart& chart) {  // a point alone is no curve
    return std::ranges::none_of(chart.series, [](const Series& s) { return s.points.size() > 1; });
  });
  return charts;
}

Json pseudo_over_time(const Curves& curves) {
  Json moments = Json::array();
  const auto shares = curves.find("pseudo_share");
  if (shares == curves.end()) return moments;
  const size_t lines = shares->second.size(), count = std::min(kMoments, lines);
  double first = 0;
  for (size_t m = 0; m < count; ++m) {
    const double last = shares->second[(m + 1) * lines / count - 1][0];
    Json moment = {{"step", static_cast<int64_t>(last)}};
    for (const char* figure :
         {"pseudo_share", "pseudo_precision", "pseudo_classes", "pseudo_ece", "teacher_gap"}) {
      const auto curve = curves.find(figure);
      if (curve == curves.end()) continue;
      double sum = 0;
      int values = 0;
      for (const auto& [step, value] : curve->second)
        if (step > first && step <= last) sum += value, ++values;
      if (values > 0) moment[figure] = sum / values;
    }
    moments.push_back(std::move(moment));
    first = last;
  }
  return moments;
}

Json pseudo_by_class(const Curves& curves) {
  Json classes = Json::object();
  const double end = end_of(curves, "pseudo_share");
  const std::array<double, 3> moments = {end / 10, end / 2, end};
  for (auto it = curves.lower_bound(std::string(kRatio));
       it != curves.end() && it->first.starts_with(kRatio); ++it) {
    if (it->second.back()[0] < end) continue;
    const std::string name = it->first.substr(kRatio.size());
    const auto precision = curves.find(std::string(kPrecision) + name);
    Json& row = classes[name];
    for (const double moment : moments) {
      row["ratio"].push_back(near(it->second, moment, end));
      row["precision"].push_back(precision == curves.end() ? Json()
                                                           : near(precision->second, moment, end));
    }
  }
  return classes;
}

}  // namespace paucal::report
