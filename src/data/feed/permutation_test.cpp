#include "data/feed/permutation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "base/error.h"

namespace paucal::data {
namespace {

std::vector<int64_t> order(int64_t n, uint64_t epoch, uint64_t seed = 5, uint64_t stream = 1) {
  const RandomPermutation permutation(n, seed, stream, epoch);
  std::vector<int64_t> result;
  for (int64_t i = 0; i < n; ++i) result.push_back(permutation.at(i));
  return result;
}

TEST(RandomPermutation, MeetsEachThingOnce) {
  for (const int64_t n :
       {1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 1000, 1023, 1024, 1025, 65535, 65536, 65537, 99991}) {
    std::vector<bool> seen(static_cast<size_t>(n));
    for (const int64_t value : order(n, 0)) {
      ASSERT_GE(value, 0);
      ASSERT_LT(value, n);
      ASSERT_FALSE(seen[static_cast<size_t>(value)]) << value << " twice, n = " << n;
      seen[static_cast<size_t>(value)] = true;
    }
  }
}

TEST(RandomPermutation, DependsOnAllKeys) {
  const auto reference = order(100, 0);
  EXPECT_EQ(order(100, 0), reference);
  EXPECT_NE(order(100, 1), reference);
  EXPECT_NE(order(100, 0, 6), reference);
  EXPECT_NE(order(100, 0, 5, 2), reference);
}

TEST(RandomPermutation, StaysInRangeForTheLargestSets) {
  const int64_t n = (int64_t{1} << 62) + 1;
  const RandomPermutation permutation(n, 1, 2, 3);
  for (const int64_t i : {int64_t{0}, int64_t{1}, n / 2, n - 1}) {
    EXPECT_GE(permutation.at(i), 0);
    EXPECT_LT(permutation.at(i), n);
  }
}

TEST(RandomPermutation, RefusesNothing) {
  EXPECT_THROW(RandomPermutation(0, 1, 2, 3), Error);
  EXPECT_THROW(RandomPermutation(-5, 1, 2, 3), Error);
}

double chi_square(const std::vector<int>& counts, double expected) {
  double sum = 0;
  for (const int count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

// Over many epochs every thing comes to every place equally often. Each row of the table has n-1
// degrees of freedom, and so has each column: (n-1)² in all.
TEST(RandomPermutation, PutsThingsEverywhereEquallyOften) {
  for (const int64_t n : {3, 10, 16, 37}) {
    const int epochs = 4000;
    std::vector<int> counts(static_cast<size_t>(n * n));
    for (int epoch = 0; epoch < epochs; ++epoch) {
      const auto values = order(n, static_cast<uint64_t>(epoch));
      for (int64_t i = 0; i < n; ++i)
        ++counts[static_cast<size_t>(i * n + values[static_cast<size_t>(i)])];
    }
    const double freedom = static_cast<double>((n - 1) * (n - 1));
    const double deviation =
        (chi_square(counts, epochs / static_cast<double>(n)) - freedom) / std::sqrt(2 * freedom);
    EXPECT_LT(std::abs(deviation), 4) << n;
  }
}

TEST(RandomPermutation, GivesAllOrdersOfThreeEquallyOften) {
  std::map<std::vector<int64_t>, int> seen;
  for (uint64_t epoch = 0; epoch < 6000; ++epoch) ++seen[order(3, epoch)];
  ASSERT_EQ(seen.size(), 6u);
  std::vector<int> counts;
  for (const auto& [values, count] : seen) counts.push_back(count);
  EXPECT_LT(chi_square(counts, 1000), 20.5);  // 5 degrees of freedom, p = 0.001
}

// What follows what must not show the order: differences of neighbours fall into 16 equal bins.
TEST(RandomPermutation, NeighboursAreUnrelated) {
  const int64_t n = 100'000;
  const auto values = order(n, 3);
  std::vector<int> counts(16);
  for (size_t i = 1; i < values.size(); ++i)
    ++counts[static_cast<size_t>((values[i] - values[i - 1] + n) % n * 16 / n)];
  EXPECT_LT(chi_square(counts, static_cast<double>(n - 1) / 16), 37.7);  // 15 degrees, p = 0.001
}

}  // namespace
}  // namespace paucal::data
