#pragma once
// Decoded images, fitted to the network's scale, kept while memory allows: an epoch then costs no
// decoding. Thread-safe.

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "data/set/options.h"
#include "data/set/record.h"
#include "edge/pre/preprocess.h"

namespace paucal::data {

class ImageCache {
 public:
  // `dataset` must outlive this. Beyond `limit_bytes` images are decoded anew at each use.
  ImageCache(const Dataset& dataset, const edge::PreprocessOptions& options, int64_t max_pixels,
             int64_t limit_bytes);

  // Of any number of the data set, those of its index too. Throws Error that names the file where
  // it can't be decoded.
  std::shared_ptr<const edge::Fitted> get(int number);

 private:
  struct Part {
    std::mutex mutex;
    std::unordered_map<int, std::shared_ptr<const edge::Fitted>> images;
  };
  edge::Image decode(int number) const;

  const Dataset& dataset_;
  edge::PreprocessOptions options_;
  int64_t max_pixels_;
  std::atomic<int64_t> room_;
  std::vector<Part> parts_;  // a few, so that threads seldom wait for each other
};

// Decodes these images once, on all processors, with a progress bar, and fills the cache. Those
// that cannot be decoded to their end, with the reason.
std::vector<std::pair<int, Problem>> undecodable(const Dataset& dataset, ImageCache& cache,
                                                 const std::vector<int>& numbers);
// All but those of the index.
std::vector<std::pair<int, Problem>> undecodable(const Dataset& dataset, ImageCache& cache);

// Decodes kLookedInto images of the index and tells which of them cannot be; training passes over
// such. Throws Error where they are more than the share data.max_broken.
inline constexpr int64_t kLookedInto = 1000;
std::vector<Problem> look_into_index(const DataOptions& options, const Dataset& dataset,
                                     ImageCache& cache);

}  // namespace paucal::data
