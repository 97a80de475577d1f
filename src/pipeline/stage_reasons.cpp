// reasons: whether the map shows what decides, on images with parts of others.

#include "base/files.h"
#include "base/host/log.h"
#include "judge/find_reasons.h"
#include "judge/inference.h"
#include "models/memory.h"
#include "pipeline/one_class.h"
#include "pipeline/raw.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

models::Memory* memory_of(const judge::TrainedModel& model) {
  return dynamic_cast<models::Memory*>(model.network.get());
}

judge::Reasons reasons_of(RunState& run, const judge::TrainedModel& model) {
  const judge::Inference inference(model);
  const std::vector<int64_t> owners = owners_of(run.dataset);
  judge::ReasonSources sources{.of_record = stored_raw(run.folder, run.dataset, model).source(),
                               .of_filled = [&](const edge::Fitted& image, int donor) {
                                 if (models::Memory* memory = memory_of(model))
                                   memory->forget(owners[static_cast<size_t>(donor)]);
                                 return inference.fitted(image);
                               }};
  if (!model.architecture.memory.on() || !model.architecture.memory.with_head)
    return judge::find_reasons(model, run.dataset, *run.cache, sources, run.recipe.train.seed);
  // Another copy, as each kind of evidence is asked alone.
  const judge::TrainedModel apart = judge::load_model(run.folder);
  const judge::Inference looks(apart);
  sources.evidence = [&](int record) -> std::array<edge::Map, 2> {
    const auto image = run.cache->get(record);
    const auto map_of = [&](double logits, double distance) {
      memory_of(apart)->set_mix(logits, distance, 0);
      return looks.fitted(*image).maps[0];
    };
    return {map_of(1, 0), map_of(0, 1)};
  };
  return judge::find_reasons(model, run.dataset, *run.cache, sources, run.recipe.train.seed);
}

}  // namespace

void execute_reasons(RunState& run) {
  const judge::TrainedModel model = judge::load_model(run.folder);
  judge::Reasons reasons;
  if (model.task == edge::Task::kInspection) reasons = reasons_of(run, model);
  write_json(run.folder / "reasons.json", judge::to_json(reasons));
  if (reasons.images == 0) return;
  log::info(
      "reasons: of {} NG images {:.0f} % become OK where the hot places are filled from an OK "
      "image, "
      "and {:.0f} % stay NG where all else is",
      reasons.images, 100 * reasons.falls, 100 * reasons.stands);
  if (const std::string wrong = sentence(reasons); !wrong.empty()) log::warn("reasons: {}", wrong);
}

}  // namespace paucal::pipeline
