// calibrate: probabilities and thresholds, on held-out images.

#include "base/host/log.h"
#include "judge/calibrate.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

void execute_calibrate(RunState& run) {
  judge::TrainedModel model = judge::load_uncalibrated(run.folder);
  const judge::LocateOptions& options = run.recipe.locate;
  model.map = options.map;
  model.flips = options.flips;
  model.min_area = options.min_area;
  model.max_boxes = options.max_boxes;
  judge::calibrate(model, run.dataset, *run.cache, calibrate_settings(run.recipe));
  const judge::Calibration& c = model.calibration;
  if (model.task == judge::Task::kInspection)
    log::info("calibrate: NG from probability {:.3f} on ({})", c.threshold, c.threshold_rule);
  if (model.detector)
    log::info("calibrate: boxes from score {:.2f} on ({})", model.detector->score, c.box_rule);
  else
    log::info("calibrate: boxes from heat {:.2f} on ({})", c.box_heat, c.box_rule);
  judge::save_calibration(model, run.folder);
}

}  // namespace paucal::pipeline
