// galleries: the images that a person should see first, drawn for the report.

#include <map>

#include "base/files.h"
#include "judge/galleries.h"
#include "judge/task.h"
#include "judge/truth_boxes.h"
#include "pipeline/raw.h"
#include "pipeline/run.h"
#include "report/gallery_file.h"

namespace paucal::pipeline {
namespace {

std::vector<report::Gallery> galleries(const RunState& run, const edge::ModelCard& card,
                                       const std::vector<judge::Decided>& decided,
                                       const judge::RawSource& raw) {
  const judge::TruthBoxes truth(run.dataset, run.truth, run.recipe.data.max_pixels, card.min_area,
                                card.input);
  // An image may stand in several galleries.
  std::map<int, report::GalleryRow> rows;
  const auto row_of = [&](int number) {
    const auto [at, is_new] = rows.try_emplace(number);
    if (!is_new) return at->second;
    const judge::Prediction p = interpret(card, raw(number));
    std::string detail = judge::task_of(card).detail(card, run.dataset.at(number), p);
    return at->second = judge::gallery_row(card, run.dataset, number, p, truth.boxes(number),
                                           std::move(detail));
  };
  std::vector<report::Gallery> filled;
  for (const judge::GalleryPick& pick : judge::pick_galleries(
           card, run.dataset, decided, static_cast<size_t>(run.recipe.report.gallery))) {
    report::Gallery& gallery = filled.emplace_back();
    gallery.title = pick.title;
    gallery.explanation = pick.explanation;
    for (const int number : pick.records) gallery.rows.push_back(row_of(number));
  }
  return filled;
}

}  // namespace

void execute_galleries(RunState& run) {
  const edge::ModelCard card = judge::load_card(run.folder);
  const judge::RawSource raw = stored_raw(run.folder, run.dataset, card).source();
  const auto decided = judge::decide_all(card, run.dataset, raw);
  write_json(run.folder / "galleries.json", report::to_json(galleries(run, card, decided, raw)));
}

}  // namespace paucal::pipeline
