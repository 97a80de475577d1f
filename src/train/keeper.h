#pragma once
// The checkpoints of a run: the last one, from which a killed run goes on, and the best one.

#include <filesystem>
#include <optional>
#include <string>

#include "train/best.h"
#include "train/events.h"
#include "train/learner.h"

namespace paucal::train {

struct TrainFolder {
  // last.safetensors, best.safetensors, precision.json, metrics.jsonl, events/
  std::filesystem::path folder;
  std::string fingerprint;  // of recipe and data: a checkpoint of another run is refused
  Settings settings = {};   // of the run, beside which events show its figures
};

// Where a run stands, beside its weights.
struct Position {
  int64_t step = 0;  // updates done
  int64_t total = 0;
  Best best;
  at::Tensor seen;  // by the last look (survey.h); undefined before the first
};

class Keeper {
 public:
  // All must outlive this.
  Keeper(const TrainFolder& run, const Work& work, Learner& learner)
      : run_(run), work_(work), learner_(learner) {}

  // Loads everything of the last checkpoint; `total` is that of the killed run. Nothing where there
  // is none. Throws Error on one that is damaged, or of another run.
  std::optional<Position> resume();
  // Atomic.
  void save_last(const Position& position) const;
  void save_best(const Position& position) const;
  // The averaged weights become those of the best checkpoint.
  void take_best();

 private:
  void save(const std::string& name, const Position& position) const;

  const TrainFolder& run_;
  const Work& work_;
  Learner& learner_;
};

}  // namespace paucal::train
