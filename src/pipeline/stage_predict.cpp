// predict: the one forward pass over all images; what it gives is stored and reused.

#include <numeric>

#include "base/host/progress.h"
#include "judge/inference.h"
#include "models/memory.h"
#include "pipeline/one_class.h"
#include "pipeline/raw.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

constexpr const char* kRawFile = "raw.bin";

// A memory forgets each image before it looks at it.
void look_as_if_unseen(RunState& run, const judge::TrainedModel& model, models::Memory& memory,
                       judge::RawWriter& writer) {
  const std::vector<int64_t> owners = owners_of(run.dataset);
  const judge::Inference inference(model);
  Progress progress("predict", std::ssize(run.dataset.records));
  for (int record = 0; record < std::ssize(run.dataset.records); ++record) {
    memory.forget(owners[static_cast<size_t>(record)]);
    writer.add(inference.fitted(*run.cache->get(record)));
    progress.advance();
  }
  memory.forget(-1);
}

}  // namespace

judge::TrainedModel looking_model(const std::filesystem::path& folder,
                                  const judge::LocateOptions& options) {
  judge::TrainedModel model = judge::load_uncalibrated(folder);
  model.map = options.map;
  model.flips = options.flips && !model.architecture.memory.on();  // it knows no mirrored parts
  model.min_area = options.min_area;
  model.max_boxes = options.max_boxes;
  return model;
}

judge::RawStore stored_raw(const std::filesystem::path& folder, const data::Dataset& dataset,
                           const edge::ModelCard& card) {
  return judge::RawStore::open(folder / kRawFile, judge::records_identity(dataset),
                               static_cast<size_t>(card.channels()));
}

void execute_predict(RunState& run) {
  const judge::TrainedModel model = looking_model(run.folder, run.recipe.locate);
  std::vector<int> records(run.dataset.records.size());
  std::iota(records.begin(), records.end(), 0);
  judge::RawWriter writer(run.folder / kRawFile, records.size(),
                          judge::records_identity(run.dataset));
  const auto add = [&](size_t, const judge::Inferred& seen) { writer.add(seen.raw); };
  if (auto* memory = dynamic_cast<models::Memory*>(model.network.get()))
    look_as_if_unseen(run, model, *memory, writer);
  else
    judge::Inference(model).over(*run.cache, records, "predict", add);
  writer.commit();
}

}  // namespace paucal::pipeline
