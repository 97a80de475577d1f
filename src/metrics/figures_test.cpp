#include "metrics/figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "base/error.h"
#include "base/files.h"

namespace paucal::metrics {
namespace {

// Each figure has a value of its own, so that a mix-up shows.
template <class Section>
Section numbered(double first) {
  Section section;
  for (const auto& figure : Section::table()) {
    section.*figure.value = first++;
    if (figure.interval) section.*figure.interval = quality::Interval{first / 2, first};
  }
  return section;
}

Figures full_figures() {
  Figures figures;
  figures.image = numbered<ImageFigures>(1);
  figures.image.threshold_rule = "at most 5 % escape";
  figures.localisation = numbered<LocalisationFigures>(100);
  figures.localisation->pixels = numbered<PixelFigures>(200);
  figures.localisation->pixels_by_class["crack"] = numbered<PixelFigures>(300);
  figures.localisation->max_box_acc_v2_details =
      MaxBoxAcc::Result{7, .5, {.1, .2, .3}, {.4, .5, .6}, .7, .8, std::array{.9, 1., 1.1}};
  figures.localisation->box_rule = "best boxes";
  figures.localisation->edge_errors = {.5, 1.5};
  figures.by_class = {{"ok", {}}, {"crack", numbered<ClassFigures>(400)}};
  figures.confusion = {{"ok", "crack"}, {"OK", "NG"}, {{3, 1}, {0, 4}}};
  return figures;
}

TEST(Figures, AreReadBackAsTheyWereWritten) {
  const Json json = to_json(full_figures());
  const Figures read = figures_from_json(Json::parse(json.dump()));
  EXPECT_EQ(to_json(read), json);
  EXPECT_EQ(read.image.auroc, full_figures().image.auroc);
  EXPECT_EQ(read.image.escape_interval->low, full_figures().image.escape_interval->low);
  EXPECT_EQ(read.localisation->loc_at_3px, full_figures().localisation->loc_at_3px);
  EXPECT_EQ(read.localisation->pixels_by_class.at("crack").aupro, 302);
}

TEST(Figures, KeepTheKeysThatProgramsRead) {
  const Json json = to_json(full_figures());
  EXPECT_TRUE(json.at("image").at("auroc").is_number());
  EXPECT_EQ(json.at("image").at("auroc_interval").size(), 2u);
  for (const char* key : {"truths", "missed", "px_ap", "loc_at_3px"})
    EXPECT_TRUE(json.at("localisation").at(key).is_number()) << key;
  EXPECT_TRUE(json.at("localisation").at("truths").is_number_integer());
}

TEST(Figures, WhatDoesNotApplyIsLeftOutAndWhatIsUnknownIsNull) {
  Figures figures;
  figures.image.accuracy = .5;
  figures.image.ece = NAN;
  const Json json = to_json(figures);
  EXPECT_FALSE(json.at("image").contains("auroc"));
  EXPECT_FALSE(json.contains("localisation"));
  EXPECT_TRUE(json.at("image").at("ece").is_null());
  EXPECT_TRUE(std::isnan(*figures_from_json(json).image.ece));
}

TEST(Figures, OtherFilesAreRefusedByKey) {
  EXPECT_THROW(figures_from_json(Json::object()), Error);
  Json json = to_json(full_figures());
  json["image"]["auroc"] = "good";
  EXPECT_THROW(figures_from_json(json), Error);
}

TEST(Figures, ArePickedFromSeveralSections) {
  const Picked picked[] = {&ImageFigures::auroc, &LocalisationFigures::loc_at_3px};
  Figures figures = full_figures();
  EXPECT_EQ(picked_json(figures, picked).size(), 2u);
  EXPECT_EQ(picked[1].of(figures), figures.localisation->loc_at_3px);
  figures.localisation.reset();
  EXPECT_EQ(picked_json(figures, picked).dump(), R"({"auroc":4.0})");
}

template <class Section>
void expect_sound_table(size_t members) {
  std::set<std::string> keys;
  for (const auto& figure : Section::table()) {
    EXPECT_TRUE(keys.insert(figure.key).second) << figure.key;
    EXPECT_EQ(info_of(figure.value).key, figure.key);
    EXPECT_GT(std::string(figure.help).size(), 10u) << figure.key;
  }
  EXPECT_EQ(keys.size(), members) << "a member without a row is never written";
}

TEST(Figures, EachMemberHasARow) {
  expect_sound_table<ImageFigures>(
      (sizeof(ImageFigures) - sizeof(std::string) - 4 * sizeof(std::optional<quality::Interval>)) /
      sizeof(Number));
  expect_sound_table<PixelFigures>(sizeof(PixelFigures) / sizeof(Number));
  expect_sound_table<ClassFigures>(sizeof(ClassFigures) / sizeof(Number));
  const LocalisationFigures places;
  const auto bytes = reinterpret_cast<const char*>(&places.max_box_acc_v2_details) -
                     reinterpret_cast<const char*>(&places);
  expect_sound_table<LocalisationFigures>(static_cast<size_t>(bytes) / sizeof(Number));
}

template <class Section>
std::string table_of() {
  std::vector<const FigureInfo*> rows;
  for (const auto& figure : Section::table()) rows.push_back(&figure);
  return markdown_table(rows);
}

// PAUCAL_WRITE_DOCS=1 metrics_test --gtest_filter=Figures.* writes the tables anew.
TEST(Figures, TheDocumentHoldsTheseTables) {
  const std::filesystem::path file = std::filesystem::path(PAUCAL_SOURCE_DIR) / "docs/metrics.md";
  const std::string text = read_text(file);
  std::string wanted = text;
  for (const auto& [name, table] : {std::pair{"image", table_of<ImageFigures>()},
                                    {"localisation", table_of<LocalisationFigures>()},
                                    {"pixels", table_of<PixelFigures>()},
                                    {"by_class", table_of<ClassFigures>()}}) {
    const std::string begin = fmt::format("<!-- figures: {} -->\n", name), end = "<!-- end -->";
    const size_t from = wanted.find(begin);
    ASSERT_NE(from, std::string::npos) << begin;
    const size_t to = wanted.find(end, from);
    ASSERT_NE(to, std::string::npos) << begin;
    wanted.replace(from + begin.size(), to - from - begin.size(), table);
  }
  if (std::getenv("PAUCAL_WRITE_DOCS")) write_text_atomic(file, wanted);
  EXPECT_TRUE(text == wanted || std::getenv("PAUCAL_WRITE_DOCS"))
      << "docs/metrics.md is not what src/metrics/figures.cpp says";
}

}  // namespace
}  // namespace paucal::metrics
