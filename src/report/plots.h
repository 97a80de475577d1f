#pragma once
// Plots as inline SVG that fits its column, in the colours of the page around it (CSS classes
// c0 … c5, ok, ng; see report_style.cpp), so that they follow light, dark and print. Numbers that
// are not finite are left out; a plot without any number is an empty string. All text is escaped.

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/html.h"

namespace paucal::report {

using Point = std::array<double, 2>;

struct Axis {
  std::string label = {};
  Unit unit = Unit::kPlain;
  std::optional<std::pair<double, double>> range = {};  // else from the data, rounded outwards
};

struct Series {
  std::string name;                // in the legend, which is left out if all names are empty
  std::vector<Point> points;       // joined in this order; thinned to 400
  std::vector<double> sizes = {};  // one a point: dots of such area instead of plain joints
};

struct LineChart {
  std::string title;
  Axis x = {}, y = {};
  std::vector<Series> series;  // the first 6 differ by colour and by dash
  bool diagonal = false;       // a faint line from corner to corner: chance, or perfect honesty
  std::optional<Point> marker = {};  // one emphasised point, e.g. the operating point
  std::string marker_label = {};
};
std::string line_chart(const LineChart& chart);

// Counts of values, one panel above the other on a shared x axis, each with its own y scale.
struct Histogram {
  enum class Bad { kNone, kBelow, kAbove };  // the side of `line` that is drawn strongly
  struct Panel {
    std::string name;
    std::string tone;  // CSS class: "ok", "ng", "c0"
    std::vector<double> values;
    Bad bad = Bad::kNone;
    std::string bad_name = {};  // "missed": "12 missed" stands on the bad side
  };

  std::string title;
  Axis x = {};  // values beyond its range are counted in the outermost bins
  std::vector<Panel> panels = {};
  std::optional<double> line = {};  // where the decision falls; always a border between two bins
  std::string line_label = {};
  int bins = 40;
};
std::string histogram(const Histogram& histogram);

// Horizontal bars with their value written beside; at most 24.
struct BarChart {
  std::string title;
  Unit unit = Unit::kPlain;
  std::vector<std::pair<std::string, double>> bars;
};
std::string bar_chart(const BarChart& chart);

}  // namespace paucal::report
