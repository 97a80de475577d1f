#pragma once
// Which records stand in the batch of a given step: a pure function of (seed, step). The exact
// position for resume is therefore the step number, and nothing else needs to be saved.

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "data/feed/share.h"

namespace paucal::data {

// An endless concatenation of permutations of `items`: every item is seen once before any is seen
// twice. Thread-safe.
class PermutationStream {
 public:
  PermutationStream(std::vector<int> items, uint64_t seed, uint64_t stream);
  int at(int64_t position) const;
  int64_t size() const { return static_cast<int64_t>(items_.size()); }

 private:
  std::vector<int> items_;
  uint64_t seed_, stream_;
  mutable std::mutex mutex_;
  mutable int64_t epoch_[2] = {-1, -1};  // workers straddle at most two epochs at a time
  mutable std::vector<int> order_[2];
};

// The same of 0 … n-1, for any n: orders of up to kHeld numbers are shuffled and held, longer ones
// computed (RandomPermutation). Thread-safe.
class NumberStream {
 public:
  static constexpr int64_t kHeld = 1 << 20;

  NumberStream(int64_t n, uint64_t seed, uint64_t stream);
  int64_t at(int64_t position) const;
  int64_t size() const { return n_; }

 private:
  int64_t n_;
  uint64_t seed_, stream_;
  std::unique_ptr<PermutationStream> held_;
};

// Batches drawn from several pools in fixed shares: {OK, NG} for inspection, one pool for plain
// classification, {labelled, unlabelled} later.
class Sampler {
 public:
  struct Pool {
    std::vector<int> items;
    int per_batch = 0;
  };
  struct Row {
    int item = 0;
    size_t pool = 0;    // of those that the sampler was given
    int64_t place = 0;  // among the rows of all batches, each `batch_size` long
  };
  Sampler(std::vector<Pool> pools, uint64_t seed);

  int batch_size() const { return batch_size_; }
  // The rows of `share`, pool after pool.
  std::vector<Row> batch(int64_t step, const Share& share = {}) const;
  // Steps that show as many images as there are different ones in the pools: an epoch, whatever
  // the shares.
  int64_t steps_per_epoch() const;

 private:
  struct Drawn {
    size_t pool;
    int per_batch;
    std::unique_ptr<PermutationStream> stream;
  };
  std::vector<Drawn> drawn_;
  int batch_size_ = 0;
  int64_t items_ = 0;
};

}  // namespace paucal::data
