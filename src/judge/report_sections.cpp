#include "judge/report_sections.h"

#include <cmath>

#include "judge/decide_by_ok.h"
#include "judge/task.h"

namespace paucal::judge {
namespace {

using metrics::ClassFigures;
using metrics::ImageFigures;
using metrics::LocalisationFigures;
using metrics::Number;

// A cell of a table: what does not apply is a dash, as is what cannot be told.
Json cell_of(const Number& number) {
  return number && std::isfinite(*number) ? Json(*number) : Json();
}

std::vector<std::string> remarks_of(const edge::ModelCard& card) {
  const edge::Calibration& c = card.calibration;
  std::vector<std::string> remarks;
  if (!c.warning.empty()) remarks.push_back(c.warning + ".");
  if (c.promise) remarks.push_back(promise_sentence(*c.promise));
  if (!c.threshold_rule.empty()) remarks.push_back("Threshold: " + c.threshold_rule + ".");
  remarks.push_back("Boxes: " + c.box_rule + ".");
  return remarks;
}

template <class Section>
void add_key_figure(const Section& section, Number Section::*value,
                    std::vector<report::KeyFigure>& figures) {
  const auto& info = metrics::info_of(value);
  const Number number = section.*value;
  if (!number || std::isnan(*number)) return;
  report::KeyFigure figure{info.name, *number, info.unit, {}, info.help};
  if (info.interval && section.*info.interval)
    figure.interval = {(section.*info.interval)->low, (section.*info.interval)->high};
  figures.push_back(std::move(figure));
}

std::vector<report::KeyFigure> key_figures(const metrics::Figures& f) {
  std::vector<report::KeyFigure> figures;
  for (const auto value : {&ImageFigures::auroc, &ImageFigures::accuracy, &ImageFigures::overkill,
                           &ImageFigures::escape, &ImageFigures::ece})
    add_key_figure(f.image, value, figures);
  if (!f.localisation) return figures;
  for (const auto value : {&LocalisationFigures::loc_at_3px, &LocalisationFigures::px_ap})
    add_key_figure(*f.localisation, value, figures);
  return figures;
}

report::Decision decision_of(const edge::ModelCard& card, const data::Dataset& dataset,
                             const std::vector<Decided>& decided) {
  report::Decision decision{{}, card.calibration.threshold};
  for (const Decided& one : decided) {
    const data::Record& record = dataset.at(one.record);
    if (record.split == data::Split::kTest)
      decision.images.push_back({one.probability, !dataset.is_ok(record)});
  }
  return decision;
}

report::Confusion confusion_of(const edge::ModelCard& card,
                               const metrics::ConfusionFigures& figures) {
  report::Confusion table{figures.truth, figures.called, figures.counts, {}};
  for (size_t i = 0; i < table.truth.size(); ++i)
    table.correct.push_back(task_of(card).right_outcome(card, static_cast<int>(i)));
  return table;
}

report::Table localisation_table(const LocalisationFigures& f) {
  report::Table table{.title = "Where the defects are",
                      .columns = {{"Figure"}, {"Value"}},
                      .rows = {},
                      .note =
                          "Edge errors are means over the four edges, of found defects only; all "
                          "lengths in pixels of the original image."};
  const auto add = [&](const metrics::FigureInfo& info, const Number& number) {
    if (!number || !std::isfinite(*number)) return;
    const std::string unit = info.unit == Unit::kPixels ? ", px" : "";
    table.rows.push_back({info.name + unit, cell_of(number)});
  };
  for (const auto value :
       {&LocalisationFigures::loc_at_3px, &LocalisationFigures::loc_at_3px_by_centre,
        &LocalisationFigures::median_edge_error_px, &LocalisationFigures::p95_edge_error_px,
        &LocalisationFigures::truths, &LocalisationFigures::missed,
        &LocalisationFigures::false_boxes_per_ok_image, &LocalisationFigures::max_box_acc_v2,
        &LocalisationFigures::max_box_acc_v2_oracle,
        &LocalisationFigures::max_box_acc_v2_centre_box, &LocalisationFigures::map_at_50,
        &LocalisationFigures::px_ap})
    add(metrics::info_of(value), f.*value);
  if (f.pixels) add(metrics::info_of(&metrics::PixelFigures::base_rate), f.pixels->base_rate);
  return table;
}

// Beside the figures of images.
report::Table part_table(const ImageFigures& images, const ImageFigures& parts) {
  report::Table table{.title = "By part",
                      .columns = {{"Figure"}, {"Images"}, {"Parts"}},
                      .rows = {},
                      .note = "A part is called what its worst view is (data.part)."};
  for (const auto value : {&ImageFigures::images, &ImageFigures::ng_images, &ImageFigures::auroc,
                           &ImageFigures::overkill, &ImageFigures::escape})
    table.rows.push_back(
        {metrics::info_of(value).name, cell_of(images.*value), cell_of(parts.*value)});
  return table;
}

report::Table class_table(const metrics::Figures& figures) {
  report::Table table{.title = "By class", .columns = {{"Class"}}, .rows = {}};
  const auto shown = {&ClassFigures::images, &ClassFigures::right_share, &ClassFigures::auroc,
                      &ClassFigures::px_ap, &ClassFigures::px_base_rate};
  for (const auto value : shown) {
    const auto& info = metrics::info_of(value);
    table.columns.push_back({info.name, info.unit, info.help});
  }
  for (const auto& [name, row] : figures.by_class) {
    auto& cells = table.rows.emplace_back(std::vector<Json>{name});
    for (const auto value : shown) cells.push_back(cell_of(row.*value));
  }
  return table;
}

}  // namespace

report::Report report_sections(const edge::ModelCard& card, const data::Dataset& dataset,
                               const metrics::Figures& figures,
                               const std::vector<Decided>& decided) {
  report::Report report;
  report.verdict = task_of(card).verdict(figures.image);
  report.remarks = remarks_of(card);
  report.figures = key_figures(figures);
  if (task_of(card).finds_defects) {
    report.decision = decision_of(card, dataset, decided);
    report.calibration = report.decision->images;
  }
  report.confusion = confusion_of(card, figures.confusion);
  if (figures.localisation) {
    report.localisation = localisation_table(*figures.localisation);
    report.edge_errors = figures.localisation->edge_errors;
  }
  report.by_class = class_table(figures);
  if (figures.part) report.tables.push_back(part_table(figures.image, *figures.part));
  return report;
}

}  // namespace paucal::judge
