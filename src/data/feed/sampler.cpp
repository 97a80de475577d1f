#include "data/feed/sampler.h"

#include <numeric>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "data/feed/permutation.h"

namespace paucal::data {

PermutationStream::PermutationStream(std::vector<int> items, uint64_t seed, uint64_t stream)
    : items_(std::move(items)), seed_(seed), stream_(stream) {
  if (items_.empty()) fail("sampler", "pool {}: 0 items, expected at least 1", stream);
}

int PermutationStream::at(int64_t position) const {
  const int64_t epoch = position / size();
  const std::lock_guard lock(mutex_);
  const size_t slot = static_cast<size_t>(epoch % 2);
  if (epoch_[slot] != epoch) {
    order_[slot] = items_;
    Random(seed_, stream_, static_cast<uint64_t>(epoch)).shuffle(order_[slot]);
    epoch_[slot] = epoch;
  }
  return order_[slot][static_cast<size_t>(position % size())];
}

NumberStream::NumberStream(int64_t n, uint64_t seed, uint64_t stream)
    : n_(n), seed_(seed), stream_(stream) {
  if (n > kHeld) return;
  std::vector<int> numbers(static_cast<size_t>(n));
  std::iota(numbers.begin(), numbers.end(), 0);
  held_ = std::make_unique<PermutationStream>(std::move(numbers), seed, stream);
}

int64_t NumberStream::at(int64_t position) const {
  if (held_) return held_->at(position);
  return RandomPermutation(n_, seed_, stream_, static_cast<uint64_t>(position / n_))
      .at(position % n_);
}

Sampler::Sampler(std::vector<Pool> pools, uint64_t seed) {
  std::set<int> items;
  for (size_t p = 0; p < pools.size(); ++p) {
    Pool& pool = pools[p];
    if (pool.per_batch == 0) continue;
    batch_size_ += pool.per_batch;
    items.insert(pool.items.begin(), pool.items.end());
    drawn_.push_back(
        {p, pool.per_batch,
         std::make_unique<PermutationStream>(std::move(pool.items), seed, drawn_.size())});
  }
  if (batch_size_ == 0) fail("sampler", "batch of 0 images, expected at least 1");
  items_ = static_cast<int64_t>(items.size());
}

std::vector<Sampler::Row> Sampler::batch(int64_t step, const Share& share) const {
  std::vector<Row> rows;
  int64_t first = step * batch_size_;  // place of a pool's first row
  for (const auto& [pool, count, stream] : drawn_) {
    for (int i = share.first(count); i < share.end(count); ++i)
      rows.push_back({stream->at(step * count + i), pool, first + i});
    first += count;
  }
  return rows;
}

int64_t Sampler::steps_per_epoch() const {
  return std::max<int64_t>(1, (items_ + batch_size_ - 1) / batch_size_);
}

}  // namespace paucal::data
