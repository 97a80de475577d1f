// calibrate: probabilities and thresholds, on held-out images.

#include "base/host/log.h"
#include "judge/calibrate.h"
#include "judge/inference.h"
#include "pipeline/raw.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

void execute_calibrate(RunState& run) {
  judge::TrainedModel model = looking_model(run.folder, run.recipe.locate);
  model.input.coarse = run.recipe.input.coarse;
  const judge::Inference inference(model);
  judge::TrainedModel once = model;  // in one pass, over copies of large images
  once.flips = false;
  const judge::Inference quick(once);
  judge::RawSources sources = {stored_raw(run.folder, run.dataset, model).source(),
                               [&](const edge::Fitted& image) { return inference.fitted(image); }};
  // Other maps are not what the copy is judged by.
  if (model.map == "cam")
    sources.of_copy = [&](const edge::Fitted& copy) { return quick.fitted(copy); };
  judge::CalibrateSettings settings = calibrate_settings(run.recipe);
  const models::MemoryOptions& memory = model.architecture.memory;
  if (memory.on() && !memory.with_head) settings.ok_alone = run.recipe.one_class.alpha;
  judge::calibrate(model, run.dataset, run.truth, *run.cache, sources, settings);
  const judge::Calibration& c = model.calibration;
  if (!c.threshold_rule.empty())
    log::info("calibrate: NG from probability {:.3f} on ({})", c.threshold, c.threshold_rule);
  if (model.detector)
    log::info("calibrate: boxes from score {:.2f} on ({})", model.detector->score, c.box_rule);
  else
    log::info("calibrate: boxes from heat {:.2f} on ({})", c.box_heat, c.box_rule);
  if (model.coarse)
    log::info(
        "calibrate: large images: a copy of 1/{} first, then {:.1f} % of the tiles of OK images "
        "and "
        "{:.1f} % of NG ones in full (logit {:.2f} on, {} held-out images)",
        model.coarse->shrink, 100 * model.coarse->seen_ok, 100 * model.coarse->seen_ng,
        model.coarse->bound, model.coarse->images);
  judge::save_calibration(model, run.folder);
}

}  // namespace paucal::pipeline
