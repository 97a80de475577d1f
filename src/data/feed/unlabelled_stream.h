#pragma once
// The images without a label in an endless order, those that can be read.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "data/feed/image_cache.h"
#include "data/feed/sampler.h"
#include "data/feed/unlabelled_set.h"

namespace paucal::data {

// An image of a stream.
struct Picked {
  int64_t place;  // of the row, in its stream
  int64_t item;   // number in the set that the stream is of
  int number;     // Dataset's
  std::shared_ptr<const edge::Fitted> fitted;
};

// A pure function of (seed, place). Thread-safe.
class UnlabelledStream {
 public:
  // All references must outlive this.
  UnlabelledStream(const Dataset& dataset, ImageCache& cache, uint64_t seed, double max_broken);

  // An image that cannot be read gives its place to the next one, which the log says once. Throws
  // Error where more than the share `max_broken` of them are like that.
  Picked at(int64_t place) const;

  const UnlabelledSet& set() const { return set_; }
  int64_t broken() const;  // images that could not be read so far

 private:
  void note_broken(int number, const std::string& message) const;

  ImageCache& cache_;
  double max_broken_;
  UnlabelledSet set_;
  NumberStream order_;
  mutable std::mutex mutex_;
  mutable std::unordered_set<int> broken_;
};

}  // namespace paucal::data
