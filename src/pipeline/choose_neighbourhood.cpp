#include "pipeline/choose_neighbourhood.h"

#include "base/evenly.h"
#include "base/host/log.h"
#include "pipeline/pasted_places.h"

namespace paucal::pipeline {
namespace {

constexpr size_t kKnown = 40, kHeldOut = 24;
constexpr int64_t kHeldOutOf = 3;  // every third owner is held out
constexpr double kClearly = .9;    // of the share of places that are confused

}  // namespace

int choose_neighbourhood(const Training& training, const std::vector<int>& records,
                         const std::vector<int64_t>& owners) {
  const TrainingInput& run = training.run;
  if (run.recipe.input.tile > 0) return 1;
  std::vector<int> known, held_out;
  for (const int record : records)
    (owners[static_cast<size_t>(record)] % kHeldOutOf == 1 ? held_out : known).push_back(record);
  if (known.empty() || held_out.empty()) return 1;
  known = evenly(known, kKnown);
  PastedPlaces places{.known = known,
                      .held_out = evenly(held_out, kHeldOut),
                      .cache = run.cache,
                      .input = training.model.input,
                      .paste = run.recipe.view.paste,
                      .memory = run.recipe.one_class,
                      .seed = run.recipe.train.seed};
  const auto auroc = [&](int side) {
    places.memory.neighbourhood = side;
    return auroc_of_pasted_places(*training.model.network, places);
  };
  const double alone = auroc(1), around = auroc(3);
  log::info("train: places with pasted defects stand out by AUROC {:.3f}, with their 3 × 3 {:.3f}",
            alone, around);
  return 1 - around < kClearly * (1 - alone) ? 3 : 1;
}

}  // namespace paucal::pipeline
