#pragma once
// What inspection sees where the line's own images teach without a label: the batches of
// InspectionViews, and after their rows views of the unlabelled images.

#include <cstdint>

#include "data/feed/inspection_views.h"
#include "data/feed/unlabelled_stream.h"

namespace paucal::data {

// The batches of a run: a pure function of (seed, number). Thread-safe.
class StreamViews {
 public:
  // All references must outlive this. `unlabelled`: images a batch; `max_broken`: see
  // UnlabelledStream.
  StreamViews(const Dataset& dataset, ImageCache& cache, const InspectionViews& labelled,
              const edge::PreprocessOptions& preprocess, int unlabelled, uint64_t seed,
              double max_broken);

  // Batch::views: kLabelled, and then kWeak. The weak rows have label -1; Batch::numbers are the
  // data set's.
  Batch batch(int64_t number) const;
  int64_t steps_per_epoch() const;  // a pass over the larger of both sets
  int64_t broken() const { return stream_.broken(); }

 private:
  const InspectionViews& labelled_;
  const edge::PreprocessOptions& preprocess_;
  int unlabelled_;
  uint64_t seed_;
  UnlabelledStream stream_;
};

}  // namespace paucal::data
