#include "data/feed/stream_views.h"

#include <algorithm>

#include "base/random_at.h"

namespace paucal::data {
namespace {

constexpr uint64_t kStreamViewStream = 0x73767765;  // "svwe": never meets another stream

}  // namespace

StreamViews::StreamViews(const Dataset& dataset, ImageCache& cache, const InspectionViews& labelled,
                         const edge::PreprocessOptions& preprocess, int unlabelled, uint64_t seed,
                         double max_broken)
    : labelled_(labelled),
      preprocess_(preprocess),
      unlabelled_(unlabelled),
      seed_(seed),
      stream_(dataset, cache, seed, max_broken) {}

Batch StreamViews::batch(int64_t number) const {
  std::vector<Sample> samples = labelled_.samples(number);
  const int labelled = static_cast<int>(samples.size());
  for (int i = 0; i < unlabelled_; ++i) {
    const Picked image = stream_.at(number * unlabelled_ + i);
    Random random = random_at(seed_, kStreamViewStream, image.place);
    samples.push_back(labelled_.view_of(image, random));
  }
  Batch batch = collate(std::move(samples), number, preprocess_.multiple);
  batch.views = {{View::kLabelled, 0, labelled}, {View::kWeak, labelled, unlabelled_}};
  batch.numbers.assign(batch.records.begin(), batch.records.end());
  return batch;
}

int64_t StreamViews::steps_per_epoch() const {
  return std::max(labelled_.steps_per_epoch(),
                  (stream_.set().size() + unlabelled_ - 1) / std::max(1, unlabelled_));
}

}  // namespace paucal::data
