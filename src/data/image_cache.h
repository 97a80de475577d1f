#pragma once
// Decoded images, fitted to the network's scale, kept while memory allows: an epoch then costs no
// decoding. Thread-safe.

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "data/record.h"
#include "edge/pre/preprocess.h"

namespace paucal::data {

class ImageCache {
 public:
  // `dataset` must outlive this. Beyond `limit_bytes` images are decoded anew at each use.
  ImageCache(const Dataset& dataset, const edge::PreprocessOptions& options, int64_t max_pixels,
             int64_t limit_bytes);

  // Throws Error that names the file where it can't be decoded.
  std::shared_ptr<const edge::Fitted> get(int record);

 private:
  const Dataset& dataset_;
  edge::PreprocessOptions options_;
  int64_t max_pixels_;
  std::atomic<int64_t> room_;
  std::vector<std::shared_ptr<const edge::Fitted>> images_;
  std::vector<std::mutex> mutexes_;  // a few, shared by record number
};

}  // namespace paucal::data
