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
  const judge::Inference inference(model);
  if (auto* memory = dynamic_cast<models::Memory*>(model.network.get())) {
    Progress progress("predict", std::ssize(records));
    as_if_unseen(*memory, run.dataset, records, [&](int record) {
      writer.add(inference.fitted(*run.cache->get(record)));
      progress.advance();
    });
  } else {
    inference.over(*run.cache, records, "predict",
                   [&](size_t, const judge::Inferred& seen) { writer.add(seen.raw); });
  }
  writer.commit();
}

}  // namespace paucal::pipeline
