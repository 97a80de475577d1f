// calibrate: probabilities and thresholds, on held-out images.

#include "base/host/log.h"
#include "judge/calibrate.h"
#include "judge/inference.h"
#include "pipeline/raw.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

void execute_calibrate(RunState& run) {
  judge::TrainedModel model = looking_model(run.folder, run.recipe.locate);
  const judge::Inference inference(model);
  const judge::RawSources sources = {
      stored_raw(run.folder, run.dataset, model).source(),
      [&](const edge::Fitted& image) { return inference.fitted(image); }};
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
  judge::save_calibration(model, run.folder);
}

}  // namespace paucal::pipeline
