#include "report/plots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace paucal::report {
namespace {

using testing::HasSubstr;
using testing::Not;

size_t count_of(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

LineChart chart_of(std::vector<Point> points) {
  LineChart chart;
  chart.title = "Loss";
  chart.series = {{"training", std::move(points)}};
  return chart;
}

TEST(LineChart, WithoutNumbersThereIsNone) {
  EXPECT_EQ(line_chart(chart_of({})), "");
  EXPECT_EQ(line_chart(chart_of({{0, NAN}, {INFINITY, 1}})), "");
}

TEST(LineChart, LeavesOutWhatIsNotFinite) {
  const std::string svg = line_chart(chart_of({{0, 1}, {1, NAN}, {2, 3}, {3, INFINITY}}));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(LineChart, OnePointOrAFlatLineStillHasAxes) {
  for (const auto& svg : {line_chart(chart_of({{5, 5}})), line_chart(chart_of({{0, 0}, {9, 0}}))}) {
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
    EXPECT_GE(count_of(svg, "class=\"tick"), 4u);
    EXPECT_LT(svg.size(), 8000u);
  }
}

TEST(LineChart, AMillionStepsStaySmall) {
  std::vector<Point> points;
  for (int i = 0; i < 1000000; ++i) points.push_back({double(i), std::sin(i * 1e-4)});
  EXPECT_LT(line_chart(chart_of(std::move(points))).size(), 16000u);
}

TEST(LineChart, EscapesNames) {
  LineChart chart = chart_of({{0, 0}, {1, 1}});
  chart.title = "</figcaption><script>";
  chart.series[0].name = "<b>";
  const std::string svg = line_chart(chart);
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, HasSubstr("&lt;b&gt;"));
}

Histogram scores() {
  Histogram plot;
  plot.x.range = {0, 1};
  plot.panels = {{"OK", "ok", {.1, .2, .7}, Histogram::Bad::kAbove, "overkilled"},
                 {"NG", "ng", {.4, .41, .9, NAN}, Histogram::Bad::kBelow, "escaped"}};
  plot.line = .41;
  plot.line_label = "threshold";
  return plot;
}

TEST(Histogram, CountsTheWrongSide) {
  const std::string svg = histogram(scores());
  EXPECT_THAT(svg, HasSubstr("OK · 3, 1 overkilled"));
  EXPECT_THAT(svg, HasSubstr("NG · 3, 1 escaped")) << "a score at the threshold is NG";
}

TEST(Histogram, TheLineIsABorderSoNoBarIsHalfWrong) {
  const std::string svg = histogram(scores());
  EXPECT_EQ(count_of(svg, "bar ok bad"), 1u);
  EXPECT_EQ(count_of(svg, "bar ng bad"), 1u);
  EXPECT_EQ(count_of(svg, "<rect"), 6u) << ".4 and .41 do not share a bar";
}

TEST(Histogram, ValuesBeyondTheRangeAreInTheOutermostBars) {
  Histogram plot;
  plot.x.range = {0, 10};
  plot.bins = 10;
  plot.panels = {{"", "c0", {-5, 1e30, 12}}};
  const std::string svg = histogram(plot);
  EXPECT_EQ(count_of(svg, "<rect"), 2u);
  EXPECT_THAT(svg, HasSubstr("9 – 10: 2"));
}

TEST(Histogram, WithoutNumbersThereIsNone) {
  Histogram plot = scores();
  for (auto& panel : plot.panels) panel.values = {NAN};
  EXPECT_EQ(histogram(plot), "");
}

TEST(BarChart, IsBoundedAndSkipsNothing) {
  EXPECT_EQ(bar_chart({"", Unit::kSeconds, {}}), "");
  EXPECT_EQ(bar_chart({"", Unit::kSeconds, {{"train", 0}}}), "");
  const std::string svg = bar_chart({"", Unit::kSeconds, {{"train", 65}, {"a < b", NAN}}});
  EXPECT_THAT(svg, HasSubstr("1\u202Fmin 5\u202Fs"));
  EXPECT_THAT(svg, HasSubstr("a &lt; b"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  std::vector<std::pair<std::string, double>> many(1000, {"stage", 1});
  EXPECT_EQ(count_of(bar_chart({"", Unit::kSeconds, many}), "<rect"), 24u);
}

}  // namespace
}  // namespace paucal::report
