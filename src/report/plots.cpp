#include "report/plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace paucal::report {
namespace {

constexpr double kWidth = 440;  // of the view box; text is 12 high in it
constexpr size_t kMostPoints = 400;
constexpr size_t kMostBars = 24;
constexpr size_t kColours = 6;

using Bounds = std::pair<double, double>;

bool finite(const Point& point) {
  return std::isfinite(point[0]) && std::isfinite(point[1]);
}

// 1, 2 or 5 times a power of ten, for about `count` steps.
double nice_step(const Bounds& range, int count) {
  const double raw = (range.second - range.first) / count;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power * 1.0001) return factor * power;
  return 10 * power;
}

// The extent of the values, rounded outwards to whole steps.
Bounds rounded(double low, double high) {
  if (!(low <= high)) return {0, 1};
  const double magnitude = std::max({std::abs(low), std::abs(high), 1e-12});
  if (high - low < 1e-9 * magnitude) {
    low -= magnitude / 2;
    high += magnitude / 2;
  }
  const double step = nice_step({low, high}, 5);
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step};
}

std::string tick_text(double value, const Axis& axis, double step) {
  if (std::abs(value) < step * 1e-6) value = 0;  // never "-0"
  if (axis.unit == Unit::kPercent)
    return fmt::format("{:.{}f}\u202f%", value * 100, step < .01 ? 1 : 0);
  if (axis.unit == Unit::kScore)
    return fmt::format("{:.{}f}", value,
                       std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9))));
  if (axis.unit == Unit::kPixels || axis.unit == Unit::kSeconds)
    return format_number(value, Unit::kPlain);
  return format_number(value, axis.unit);
}

// The plotting rectangle and the scales on it. y grows upwards in data, downwards on the page.
struct Frame {
  double left, top, right, bottom;
  Bounds x, y;

  double at_x(double value) const {
    return left + (value - x.first) / (x.second - x.first) * (right - left);
  }
  double at_y(double value) const {
    return bottom - (value - y.first) / (y.second - y.first) * (bottom - top);
  }
  Point at(const Point& point) const {
    return {std::clamp(at_x(point[0]), left, right), std::clamp(at_y(point[1]), top, bottom)};
  }
};

std::string open_figure(const std::string& title, double height) {
  return fmt::format(
      "<figure class=\"plot\"><figcaption>{0}</figcaption>"
      "<svg viewBox=\"0 0 {1:.0f} {2:.0f}\" role=\"img\" aria-label=\"{0}\">",
      escape(title), kWidth, height);
}

std::string close_figure(const std::string& after = "") {
  return "</svg>" + after + "</figure>";
}

std::string text(double x, double y, const char* style, std::string_view words) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>", x, y, style,
                     escape(words));
}

std::string line(double x0, double y0, double x1, double y1, const char* style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>",
                     x0, y0, x1, y1, style);
}

template <class Visit>
void each_tick(const Bounds& range, int count, Visit visit) {
  const double step = nice_step(range, count);
  for (double k = std::ceil(range.first / step - 1e-9); k * step <= range.second + step * 1e-6; ++k)
    visit(k * step, step);
}

std::string x_axis(const Frame& frame, const Axis& axis) {
  std::string out = line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  each_tick(frame.x, 5, [&](double value, double step) {
    out += line(frame.at_x(value), frame.bottom, frame.at_x(value), frame.bottom + 4, "axis");
    out += text(frame.at_x(value), frame.bottom + 17, "tick mid", tick_text(value, axis, step));
  });
  return out + text((frame.left + frame.right) / 2, frame.bottom + 35, "label mid", axis.label);
}

std::string y_axis(const Frame& frame, const Axis& axis, int ticks) {
  std::string out;
  each_tick(frame.y, ticks, [&](double value, double step) {
    const double y = frame.at_y(value);
    out += line(frame.left, y, frame.right, y, "grid");
    out += text(frame.left - 6, y + 4, "tick end", tick_text(value, axis, step));
  });
  return out;
}

Bounds extent(const LineChart& chart, size_t dimension, const Axis& axis) {
  if (axis.range) return *axis.range;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& series : chart.series)
    for (const auto& point : series.points)
      if (finite(point)) {
        low = std::min(low, point[dimension]);
        high = std::max(high, point[dimension]);
      }
  return rounded(low, high);
}

// Every n-th point and the last: a run of a million steps must not make a page of a million.
std::vector<Point> thinned(const std::vector<Point>& points) {
  std::vector<Point> kept;
  for (const auto& point : points)
    if (finite(point)) kept.push_back(point);
  if (kept.size() <= kMostPoints) return kept;
  std::vector<Point> thin;
  for (size_t i = 0; i < kMostPoints; ++i)
    thin.push_back(kept[i * (kept.size() - 1) / (kMostPoints - 1)]);
  return thin;
}

std::string draw_series(const Series& series, const Frame& frame, size_t index) {
  std::string path;
  const auto points = thinned(series.points);
  for (const auto& point : points) {
    const auto [x, y] = frame.at(point);
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
  }
  if (points.size() == 1) path += "h.1";
  std::string out = fmt::format("<path d=\"{}\" class=\"line c{}\"/>", path, index);
  const double largest =
      series.sizes.empty() ? 0 : *std::max_element(series.sizes.begin(), series.sizes.end());
  if (largest > 0 && series.sizes.size() == series.points.size() &&
      points.size() == series.points.size())
    for (size_t i = 0; i < points.size(); ++i) {
      const auto [x, y] = frame.at(points[i]);
      out += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"dot "
          "c{}\"><title>{}</title></circle>",
          x, y, 2 + 7 * std::sqrt(std::max(0.0, series.sizes[i]) / largest), index,
          escape(format_number(series.sizes[i], Unit::kCount)));
    }
  return out;
}

std::string legend(const std::vector<Series>& series) {
  std::string items;
  for (size_t i = 0; i < std::min(series.size(), kColours); ++i)
    if (!series[i].name.empty())
      items += fmt::format(
          "<li><svg viewBox=\"0 0 26 8\" aria-hidden=\"true\"><path d=\"M1 4H25\" class=\"line "
          "c{}\"/>"
          "</svg>{}</li>",
          i, escape(series[i].name));
  return items.empty() ? "" : "<ul class=\"legend\">" + items + "</ul>";
}

std::string draw_marker(const LineChart& chart, const Frame& frame) {
  if (!chart.marker || !finite(*chart.marker)) return "";
  const auto [x, y] = frame.at(*chart.marker);
  const bool right_half = x > (frame.left + frame.right) / 2;
  const bool low = y > frame.bottom - 24;
  return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5.5\" class=\"marker\"/>", x, y) +
         text(x + (right_half ? -10 : 10), y + (low ? -10 : 18), right_half ? "note end" : "note",
              chart.marker_label);
}

// The bins of a histogram: the line, if there is one, falls on a border.
struct Bins {
  double low, width;
  int count;

  int of(double value) const {
    // Clamped as a double: 1e30 is not an int.
    return static_cast<int>(std::clamp(std::floor((value - low) / width + 1e-9), 0.0, count - 1.0));
  }
};

Bins make_bins(const Histogram& histogram, const Bounds& range) {
  Bins bins{range.first, (range.second - range.first) / histogram.bins, histogram.bins};
  if (!histogram.line || *histogram.line <= range.first || *histogram.line >= range.second)
    return bins;
  const double before = std::ceil((*histogram.line - range.first) / bins.width - 1e-9);
  bins.low = *histogram.line - before * bins.width;
  bins.count += bins.low < range.first - 1e-12 ? 1 : 0;
  return bins;
}

bool is_bad(double value, const Histogram& histogram, const Histogram::Panel& panel) {
  if (!histogram.line || panel.bad == Histogram::Bad::kNone) return false;
  return (value < *histogram.line) == (panel.bad == Histogram::Bad::kBelow);
}

std::string draw_panel(const Histogram& histogram, const Histogram::Panel& panel, const Bins& bins,
                       Frame frame) {
  std::vector<int> counts(bins.count, 0);
  int bad = 0, total = 0;
  for (const double value : panel.values) {
    if (!std::isfinite(value)) continue;
    ++counts[bins.of(value)];
    ++total;
    bad += is_bad(value, histogram, panel);
  }
  frame.y = rounded(0, std::max(1, *std::max_element(counts.begin(), counts.end())));
  std::string out =
      y_axis(frame, {.label = "", .unit = Unit::kCount, .range = {}}, frame.y.second < 3 ? 1 : 3);
  for (int b = 0; b < bins.count; ++b) {
    if (counts[b] == 0) continue;
    const double from = bins.low + b * bins.width, to = from + bins.width;
    const double x0 = std::max(frame.left, frame.at_x(from));
    const double x1 = std::min(frame.right, frame.at_x(to));
    const double y = frame.at_y(counts[b]);
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"bar {}{}\">"
        "<title>{} – {}: {}</title></rect>",
        x0 + .5, y, std::max(.5, x1 - x0 - 1), frame.bottom - y, escape(panel.tone),
        is_bad((from + to) / 2, histogram, panel) ? " bad" : "", format_number(from, Unit::kPlain),
        format_number(to, Unit::kPlain), counts[b]);
  }
  out += line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  std::string words = fmt::format("{} · {}", panel.name, total);
  if (histogram.line && !panel.bad_name.empty())
    words += fmt::format(", {} {}", bad, panel.bad_name);
  // On the roomier side of the line, so that neither crosses the other.
  const bool right = histogram.line && frame.at_x(*histogram.line) < kWidth / 2;
  return out + text(right ? frame.right : frame.left, frame.top - 7, right ? "panel end" : "panel",
                    words);
}

}  // namespace

std::string line_chart(const LineChart& chart) {
  if (std::none_of(chart.series.begin(), chart.series.end(), [](const Series& series) {
        return std::any_of(series.points.begin(), series.points.end(), finite);
      }))
    return "";
  const double height = 310;
  const Frame frame{
      54, 28, kWidth - 20, height - 44, extent(chart, 0, chart.x), extent(chart, 1, chart.y)};
  std::string out = open_figure(chart.title, height);
  out += y_axis(frame, chart.y, 5) + x_axis(frame, chart.x);
  out += text(2, 10, "label", chart.y.label);
  if (chart.diagonal) out += line(frame.left, frame.bottom, frame.right, frame.top, "diagonal");
  for (size_t i = 0; i < std::min(chart.series.size(), kColours); ++i)
    out += draw_series(chart.series[i], frame, i);
  out += draw_marker(chart, frame);
  return out + close_figure(legend(chart.series));
}

std::string histogram(const Histogram& histogram) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& panel : histogram.panels)
    for (const double value : panel.values)
      if (std::isfinite(value)) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
  if (!(low <= high)) return "";
  const Bounds range = histogram.x.range ? *histogram.x.range : rounded(low, high);
  const Bins bins = make_bins(histogram, range);

  const double panel_height = histogram.panels.size() > 1 ? 84 : 168, gap = 32, top = 42;
  const double bottom =
      top + static_cast<double>(histogram.panels.size()) * (panel_height + gap) - gap;
  std::string out = open_figure(histogram.title, bottom + 44);
  Frame frame{40, top, kWidth - 12, top + panel_height, range, {0, 1}};
  for (const auto& panel : histogram.panels) {
    out += draw_panel(histogram, panel, bins, frame);
    frame.top += panel_height + gap;
    frame.bottom += panel_height + gap;
  }
  frame.bottom = bottom;
  out += x_axis(frame, histogram.x);
  if (histogram.line && *histogram.line >= range.first && *histogram.line <= range.second) {
    const double x = frame.at_x(*histogram.line);
    out += line(x, 14, x, bottom, "threshold");
    const bool right_half = x > kWidth / 2;
    out +=
        text(x + (right_half ? -5 : 5), 14, right_half ? "note end" : "note", histogram.line_label);
  }
  return out + close_figure();
}

std::string bar_chart(const BarChart& chart) {
  double largest = 0;
  for (const auto& [name, value] : chart.bars)
    if (std::isfinite(value)) largest = std::max(largest, value);
  if (largest <= 0) return "";
  const size_t count = std::min(chart.bars.size(), kMostBars);
  const double row = 26, left = 130, right = kWidth - 84;
  std::string out = open_figure(chart.title, static_cast<double>(count) * row + 6);
  for (size_t i = 0; i < count; ++i) {
    const auto& [name, value] = chart.bars[i];
    const double y = static_cast<double>(i) * row + 4;
    const double width = std::isfinite(value) ? std::max(0.0, value) / largest * (right - left) : 0;
    out += text(left - 8, y + 14, "tick end", shorten(name, 20));
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"18\" rx=\"2\" class=\"bar "
        "c0\"/>",
        left, y, std::max(1.0, width));
    out += text(left + width + 7, y + 14, "tick", format_number(value, chart.unit));
  }
  return out + close_figure();
}

}  // namespace paucal::report
