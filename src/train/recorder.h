#pragma once
// What a run writes down as it goes: metrics.jsonl, and events to look at.

#include <filesystem>

#include "train/events.h"
#include "train/jsonl.h"
#include "train/update.h"

namespace paucal::train {

struct RecordedEvents {
  std::string which = "tensorboard";  // train.events
  Settings settings = {};
};

class Recorder {
 public:
  // Goes on after `step`: what an earlier process wrote of later steps is dropped.
  Recorder(const std::filesystem::path& folder, int64_t step, RecordedEvents events = {});

  // One line an update, one a validation; the latter's metrics are named "val_…". A value that is
  // not finite is null.
  void update(int64_t step, const UpdateFigures& figures);
  // Events show the distribution of each of the network's weights beside, and that of scores.
  void validation(int64_t step, const Validation& validation, const torch::nn::Module& network);
  // Events reach the file; lines always do.
  void flush();

 private:
  JsonLines lines_;
  std::vector<std::unique_ptr<Events>> events_;
  Settings settings_;  // empty once they are written
};

}  // namespace paucal::train
