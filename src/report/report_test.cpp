#include "report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace paucal::report {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kEvil = "<script>alert('x')</script>\"'&";

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

GalleryRow row(const std::string& title, size_t bytes = 30) {
  return {title, title, {{std::vector<uint8_t>(bytes, 0xAB), "image/jpeg", title}}};
}

// Everything that a run can have, with `name` wherever a file or a person may have put a name.
Report full(const std::string& name) {
  Report report;
  report.title = report.verdict = report.recipe = name;
  report.remarks = {name};
  report.figures = {{name, .96, Unit::kScore, std::pair{.94, .98}, name}};
  report.decision = Decision{{{.1, false}, {.7, false}, {.6, true}, {.9, true}}, .5};
  report.calibration = report.decision->images;
  report.confusion = Confusion{{name, "NG"}, {"OK", name}, {{1, 1}, {0, 2}}, {0, 1}};
  report.galleries = {{name, name, {row(name)}}};
  report.localisation = Table{name, {{name, Unit::kPlain, name}, {"n"}}, {{name, 1}}, name};
  report.edge_errors = {1, 2, 9};
  report.by_class = report.localisation;
  report.tables = {*report.localisation};
  report.data = report.localisation;
  report.problems = {{name, name, name}};
  LineChart loss;
  loss.title = loss.x.label = loss.y.label = loss.marker_label = name;
  loss.series = {{name, {{0, 1}, {1, .5}}}};
  report.training = {loss};
  report.seconds = {{name, 3}};
  report.facts = {{name, name}};
  return report;
}

TEST(Report, NamesFromFilesAreEscapedEverywhere) {
  const std::string page = render_report(full(kEvil));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("alert('x')")));
  EXPECT_GE(count(page, "&lt;script&gt;"), 25u);
}

TEST(Report, AsksForNothing) {
  const std::string page = render_report(full("scratch"));
  EXPECT_EQ(count(page, "http:") + count(page, "https:"), 0u);
  EXPECT_EQ(count(page, "src="), count(page, "src=\"data:image/"));
  EXPECT_EQ(count(page, "url("), 0u);
  EXPECT_THAT(page, HasSubstr("default-src 'none'; img-src data:;"));
  EXPECT_EQ(count(page, "<script"), 0u);
}

TEST(Report, HasASectionForEachKindOfData) {
  const std::string page = render_report(full("scratch"));
  for (const std::string id : {"decision", "classes", "pictures", "localisation", "further", "data",
                               "training", "making"}) {
    EXPECT_THAT(page, HasSubstr("<section id=\"" + id + "\">"));
    EXPECT_THAT(page, HasSubstr("<a href=\"#" + id + "\">"));
  }
  EXPECT_EQ(count(page, "<section"), count(page, "</section>"));
  EXPECT_EQ(count(page, "<div"), count(page, "</div>"));
  EXPECT_EQ(count(page, "<details>"), count(page, "</details>"));
}

TEST(Report, WithoutDataThereIsNoSection) {
  Report report;
  report.title = "Nothing yet";
  const std::string page = render_report(report);
  EXPECT_THAT(page, HasSubstr("<h1>Nothing yet</h1>"));
  EXPECT_EQ(count(page, "<section"), 0u);
  EXPECT_EQ(count(page, "<div class=\"cards\""), 0u);
}

TEST(Report, WithoutTruthThereIsNoLocalisation) {
  Report report = full("scratch");
  report.localisation.reset();
  report.edge_errors.clear();
  const std::string page = render_report(report);
  EXPECT_THAT(page, Not(HasSubstr("id=\"localisation\"")));
  EXPECT_THAT(page, HasSubstr("id=\"decision\""));
}

TEST(Report, WithoutAnOkClassTheConfusionStands) {
  Report report = full("scratch");
  report.decision.reset();
  report.confusion =
      Confusion{{"a", "b", "c"}, {"a", "b", "c"}, {{5, 1, 0}, {0, 4, 0}, {0, 0, 0}}, {0, 1, 2}};
  const std::string page = render_report(report);
  EXPECT_THAT(page, Not(HasSubstr("ROC")));
  EXPECT_EQ(count(page, "<td class=\"n right\""), 3u);
  EXPECT_EQ(count(page, "<td class=\"n wrong\""), 6u);
}

TEST(Report, OneKindOfImageAloneHasNoRocCurve) {
  Report report;
  report.decision = Decision{{{.1, false}, {.2, false}}, .5};
  const std::string page = render_report(report);
  EXPECT_THAT(page, Not(HasSubstr("ROC")));
  EXPECT_THAT(page, HasSubstr("OK · 2, 0 overkilled"));
}

TEST(Report, TheOperatingPointIsWhatTheThresholdDoes) {
  // A score at the threshold is NG: of two OK one is above, of two NG both.
  Report report;
  report.decision = Decision{{{.1, false}, {.7, false}, {.6, true}, {.9, true}}, .6};
  EXPECT_THAT(render_report(report), HasSubstr("here: 100.0\u202F% found, 50.0\u202F% overkill"));
}

TEST(Report, GalleriesShowWhatTheyHold) {
  Report report;
  report.galleries = {{"Worst escapes", "", std::vector<GalleryRow>(40, row("a"))}};
  const std::string page = render_report(report);
  EXPECT_EQ(count(page, "<article>"), 40u) << "whoever fills them in says how many";
  EXPECT_THAT(page, Not(HasSubstr("more.")));
}

TEST(Report, PicturesAreBounded) {
  Report report;
  // Pictures of 2.5 MiB: four fit, over all galleries together.
  report.galleries = {{"a", "", std::vector<GalleryRow>(3, row("a", 5 << 19))},
                      {"b", "", std::vector<GalleryRow>(3, row("b", 5 << 19))}};
  const std::string page = render_report(report);
  EXPECT_EQ(count(page, "<article>"), 4u);
  EXPECT_THAT(page, HasSubstr("… and 2 more."));
  EXPECT_LT(page.size(), kPictureBudget * 4 / 3 + 100000);
}

TEST(Report, ProblemsAreBounded) {
  Report report;
  report.problems.assign(1000, {"a.jpg", "empty", "0 bytes"});
  const std::string page = render_report(report);
  EXPECT_EQ(count(page, "<li>"), kProblemsShown + 1);
  EXPECT_THAT(page, HasSubstr("1000 problems"));
  EXPECT_THAT(page, HasSubstr("… and 950 more"));
}

TEST(Report, CellsOfAllKinds) {
  Report report;
  report.data = Table{"",
                      {{"class"}, {"share", Unit::kPercent}, {"interval", Unit::kPercent}, {"ok"}},
                      {{"a", .5, {.25, .75}, true}, {"b", nullptr}}};
  const std::string page = render_report(report);
  EXPECT_THAT(page, HasSubstr("<td class=\"n\">50.0\u202F%</td>"));
  EXPECT_THAT(page, HasSubstr("25.0\u202F% – 75.0\u202F%"));
  EXPECT_THAT(page, HasSubstr("<td>yes</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n\">–</td>"));
}

TEST(Report, RefusesOtherPicturesAndCrookedTables) {
  Report report;
  report.galleries = {{"a", "", {{"f", "", {{{1, 2}, "text/html", ""}}}}}};
  EXPECT_THROW(render_report(report), Error);
  Report crooked;
  crooked.confusion = Confusion{{"a", "b"}, {"a", "b"}, {{1, 2}, {3}}, {0, 1}};
  EXPECT_THROW(render_report(crooked), Error);
}

}  // namespace
}  // namespace paucal::report
