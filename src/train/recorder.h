#pragma once
// What a run writes down as it goes: metrics.jsonl and TensorBoard events.

#include <filesystem>

#include "train/events.h"
#include "train/jsonl.h"
#include "train/update.h"

namespace paucal::train {

class Recorder {
 public:
  // Goes on after `step`: what an earlier process wrote of later steps is dropped.
  Recorder(const std::filesystem::path& folder, int64_t step);

  // One line an update, one a validation; the latter's metrics are named "val_…". A value that is
  // not finite is null.
  void update(int64_t step, const UpdateFigures& figures);
  void validation(int64_t step, const Metrics& metrics);
  // Events reach the file; lines always do.
  void flush() { events_.flush(); }

 private:
  JsonLines lines_;
  EventWriter events_;
};

}  // namespace paucal::train
