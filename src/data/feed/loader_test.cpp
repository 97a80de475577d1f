#include "data/feed/loader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "data/feed/batch.h"
#include "data/feed/sampler.h"

namespace paucal::data {
namespace {

Batch numbered_batch(int64_t step) {
  Sample sample;
  sample.channels = 1;
  sample.width = 3;
  sample.height = 2;
  Random random(7, 1, static_cast<uint64_t>(step));
  for (int i = 0; i < 6; ++i) sample.image.push_back(static_cast<float>(random.uniform()));
  return collate({sample}, step, 4);
}

TEST(Loader, BatchesDoNotDependOnThreads) {
  std::vector<std::vector<float>> reference;
  for (const int threads : {0, 1, 4}) {
    Loader<Batch> loader(numbered_batch, 5, 45, {threads, 3});
    for (int64_t step = 5; step < 45; ++step) {
      const Batch batch = loader.next();
      EXPECT_EQ(batch.step, step);
      if (threads == 0) {
        reference.push_back(batch.images);
      } else {
        EXPECT_EQ(batch.images, reference[static_cast<size_t>(step - 5)]);
      }
    }
    EXPECT_THROW(loader.next(), Error);
  }
}

TEST(Loader, HoldsAtMostPrefetchBatches) {
  std::atomic<int> made{0};
  Loader<Batch> loader(
      [&](int64_t step) {
        ++made;
        return numbered_batch(step);
      },
      0, 1000, {4, 3});
  for (int i = 0; i < 5; ++i) loader.next();
  EXPECT_LE(made, 5 + 3);
}

TEST(Loader, FailureBelongsToItsStep) {
  Loader<Batch> loader(
      [](int64_t step) {
        if (step == 2) fail("decode", "step {}", step);
        return numbered_batch(step);
      },
      0, 10, {3, 4});
  loader.next();
  loader.next();
  EXPECT_THROW(loader.next(), Error);
  EXPECT_EQ(loader.next().step, 3);
}

TEST(Collate, PadsByRepeatingTheBorder) {
  Sample small, large;
  small.channels = large.channels = 1;
  small.width = small.height = 1;
  small.image = {5};
  small.mask = {1};
  large.width = 3;
  large.height = 2;
  large.image = {1, 2, 3, 4, 5, 6};
  const Batch batch = collate({small, large}, 0, 4);
  ASSERT_EQ(batch.width, 4);
  ASSERT_EQ(batch.height, 4);
  EXPECT_EQ(std::vector<float>(batch.images.begin(), batch.images.begin() + 16),
            std::vector<float>(16, 5.f));
  EXPECT_EQ(std::vector<float>(batch.images.begin() + 16, batch.images.end()),
            (std::vector<float>{1, 2, 3, 3, 4, 5, 6, 6, 4, 5, 6, 6, 4, 5, 6, 6}));
  EXPECT_EQ(batch.masks[0], 1.f);
  EXPECT_EQ(batch.masks[1], 0.f);
  EXPECT_EQ(batch.pasted, (std::vector<int>{1, 0}));
  EXPECT_EQ(batch.valid_width, (std::vector<int>{1, 3}));
}

TEST(Sampler, SeesEachItemOnceAnEpochInFixedShares) {
  const Sampler sampler({{{0, 1, 2, 3, 4, 5}, 2}, {{10, 11}, 1}}, 3);
  EXPECT_EQ(sampler.steps_per_epoch(), 3);
  std::multiset<int> seen;
  for (int64_t step = 0; step < 3; ++step)
    for (const auto& row : sampler.batch(step)) seen.insert(row.item);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(seen.count(i), 1u);
  EXPECT_EQ(seen.count(10) + seen.count(11), 3u);
}

// The order of small sets is that of the seeds of earlier versions.
TEST(NumberStream, ShufflesSmallSetsAndComputesLargeOnes) {
  std::vector<int> numbers(7);
  std::iota(numbers.begin(), numbers.end(), 0);
  const PermutationStream shuffled(numbers, 3, 5);
  const NumberStream small(7, 3, 5);
  for (int64_t i = 0; i < 30; ++i) EXPECT_EQ(small.at(i), shuffled.at(i));

  const int64_t n = NumberStream::kHeld + 1;
  const NumberStream large(n, 3, 5), again(n, 3, 5);
  std::vector<bool> seen(static_cast<size_t>(n));
  int64_t moved = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto item = static_cast<size_t>(large.at(n + i));  // the second epoch
    ASSERT_LT(item, seen.size());
    EXPECT_FALSE(seen[item]);
    seen[item] = true;
    moved += large.at(i) != static_cast<int64_t>(item);
  }
  EXPECT_GT(moved, n - 20);
  EXPECT_EQ(large.at(12345), again.at(12345));
}

std::vector<int> items_of(const std::vector<Sampler::Row>& rows) {
  std::vector<int> items;
  for (const Sampler::Row& row : rows) items.push_back(row.item);
  return items;
}

TEST(Sampler, StepIsTheWholeState) {
  const Sampler a({{{0, 1, 2, 3, 4}, 3}}, 9), b({{{0, 1, 2, 3, 4}, 3}}, 9);
  std::vector<std::vector<int>> forward;
  for (int64_t step = 0; step < 20; ++step) forward.push_back(items_of(a.batch(step)));
  for (int64_t step = 19; step >= 0; --step)
    EXPECT_EQ(items_of(b.batch(step)), forward[static_cast<size_t>(step)]);
  EXPECT_NE(items_of(Sampler({{{0, 1, 2, 3, 4}, 5}}, 1).batch(0)),
            items_of(Sampler({{{0, 1, 2, 3, 4}, 5}}, 2).batch(0)));
}

// Shares of any number of processes, also where the rows of a pool do not divide.
TEST(Sampler, SharesAreTheRowsOfTheWholeBatch) {
  const Sampler sampler({{{0, 1, 2, 3, 4}, 3}, {{}, 0}, {{10, 11}, 2}}, 9);
  for (int64_t step = 0; step < 5; ++step)
    for (const int world : {1, 2, 3, 7}) {
      SCOPED_TRACE(world);
      std::map<int64_t, std::pair<int, size_t>> whole, shared;
      for (const auto& [item, pool, place] : sampler.batch(step)) whole[place] = {item, pool};
      size_t rows = 0;
      for (int rank = 0; rank < world; ++rank)
        for (const auto& [item, pool, place] : sampler.batch(step, {rank, world})) {
          shared[place] = {item, pool};
          ++rows;
        }
      EXPECT_EQ(rows, 5u);
      EXPECT_EQ(shared, whole);
      EXPECT_EQ(whole.begin()->first, 5 * step);  // no place comes twice
      EXPECT_EQ(whole.rbegin()->first, 5 * step + 4);
      EXPECT_EQ(whole.rbegin()->second.second, 2u);  // the pool's number, an empty one before it
    }
}

}  // namespace
}  // namespace paucal::data
