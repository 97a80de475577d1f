// eval: every figure, on the test images alone.

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "judge/evaluation.h"
#include "pipeline/raw.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

using metrics::ImageFigures;
using metrics::LocalisationFigures;

void log_figures(const metrics::Figures& figures) {
  const metrics::Picked shown[] = {
      &ImageFigures::images,
      &ImageFigures::auroc,
      &ImageFigures::accuracy,
      &ImageFigures::overkill,
      &ImageFigures::escape,
      &ImageFigures::ece,
      &LocalisationFigures::loc_at_3px,
      &LocalisationFigures::median_edge_error_px,
      &LocalisationFigures::max_box_acc_v2,
      &LocalisationFigures::px_ap,
  };
  std::vector<std::string> parts;
  for (const metrics::Picked& one : shown)
    if (const auto value = one.of(figures))
      parts.push_back(
          fmt::format("{} {}", one.info().name, format_number(*value, one.info().unit)));
  log::info("eval: {}", fmt::join(parts, ", "));
}

}  // namespace

void execute_eval(RunState& run) {
  const edge::ModelCard card = judge::load_card(run.folder);
  const metrics::Figures figures = judge::evaluate(
      card, run.dataset, run.truth, stored_raw(run.folder, run.dataset, card).source(),
      run.recipe.data.max_pixels);
  write_json(run.folder / "eval.json", metrics::to_json(figures));
  log_figures(figures);
}

}  // namespace paucal::pipeline
