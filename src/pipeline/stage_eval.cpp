// eval: every figure, on the test images alone.

#include "base/files.h"
#include "base/host/log.h"
#include "judge/evaluation.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

void log_figures(const Json& figures) {
  const Json& image = figures["image"];
  const auto show = [](const Json& value) {
    return value.is_number() ? fmt::format("{:.3f}", value.get<double>()) : std::string("–");
  };
  if (image.contains("auroc"))
    log::info("eval: {} images, AUROC {}, accuracy {}, overkill {}, escape {}, ECE {}",
              image["images"].get<int64_t>(), show(image["auroc"]), show(image["accuracy"]),
              show(image["overkill"]), show(image["escape"]), show(image["ece"]));
  else
    log::info("eval: {} images, accuracy {}, ECE {}", image["images"].get<int64_t>(),
              show(image["accuracy"]), show(image["ece"]));
  if (!figures.contains("localisation")) return;
  const Json& l = figures["localisation"];
  log::info("eval: Loc@3px {}, median edge error {} px, MaxBoxAccV2 {}, PxAP {}",
            show(l["loc_at_3px"]), show(l["median_edge_error_px"]), show(l["max_box_acc_v2"]),
            show(l["px_ap"]));
}

}  // namespace

void execute_eval(RunState& run) {
  const Json figures = judge::evaluate(judge::load_model(run.folder), run.dataset, *run.cache,
                                       run.recipe.data.max_pixels);
  write_json(run.folder / "eval.json", figures);
  log_figures(figures);
}

}  // namespace paucal::pipeline
