#include "base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "base/random_at.h"

namespace paucal {
namespace {

// The authors' generator from state 1, 2, 3, 4.
TEST(Random, IsXoshiro256PlusPlus) {
  Random random(0);
  random.set_state({1, 2, 3, 4});
  for (const uint64_t expected :
       {41943041ull, 58720359ull, 3588806011781223ull, 3591011842654386ull, 9228616714210784205ull})
    EXPECT_EQ(random.next(), expected);
}

// Computed once by an independent implementation (SplitMix64 chained over the key).
TEST(Random, KeepsItsNumbersForEver) {
  struct Golden {
    uint64_t seed, stream, index;
    std::array<uint64_t, 3> first;
  };
  const uint64_t max = ~uint64_t{0};
  const std::vector<Golden> golden = {
      {0, 0, 0, {0x3ed1653f0682083a, 0x852cecd8e7418ff7, 0x8deb058ebaf6ffc3}},
      {1, 0, 0, {0x3f8506cb87cd7d91, 0x7141f0034b964604, 0x3b07bf3afad2e5}},
      {1, 2, 3, {0x2b1e31e38ff665ef, 0x9f4bc2f6e0dea025, 0x5a36c16bb748244}},
      {1, 3, 2, {0x4da65b5e11763ae6, 0xd65009dedf311ccb, 0x42b4d160a0414697}},
      {max, max, max, {0x193997a57aed0e5f, 0x6362503dc585af88, 0xad10126153fbe4c2}}};
  for (const auto& [seed, stream, index, first] : golden) {
    Random random(seed, stream, index);
    for (const uint64_t expected : first) EXPECT_EQ(random.next(), expected) << seed << stream;
  }
  Random uniform(1);
  EXPECT_EQ(uniform.uniform(), 0.24812357396131357);
  EXPECT_EQ(uniform.uniform(), 0.4424123771710464);
  Random below(1);
  for (const int64_t expected : {2, 4, 0, 3, 3, 1, 2, 4}) EXPECT_EQ(below.below(10), expected);
}

TEST(Random, GoesOnFromItsState) {
  Random a(5);
  a.normal();
  Random b(6);
  b.set_state(a.state());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.gamma(0.5), b.gamma(0.5));
}

TEST(Random, BelowIsUnbiased) {
  Random random(3);
  constexpr int kSides = 7, kThrows = 70000;
  std::array<int, kSides> counts{};
  for (int i = 0; i < kThrows; ++i) ++counts.at(random.below(kSides));
  double chi2 = 0;
  for (const int n : counts) chi2 += std::pow(n - kThrows / kSides, 2) * kSides / kThrows;
  EXPECT_LT(chi2, 22.5);  // 99.9 % of six degrees of freedom
  EXPECT_EQ(random.below(1), 0);
  // A plain remainder or product would prefer the lower half of so large a range.
  const int64_t large = int64_t{3} << 61;
  int low = 0;
  for (int i = 0; i < 30000; ++i) {
    const int64_t value = random.below(large);
    ASSERT_TRUE(value >= 0 && value < large);
    low += value < large / 2;
  }
  EXPECT_NEAR(low, 15000, 400);
}

TEST(Random, BetweenIncludesBothEnds) {
  Random random(4);
  std::array<int, 3> seen{};
  for (int i = 0; i < 100; ++i) ++seen.at(random.between(-1, 1) + 1);
  for (const int n : seen) EXPECT_GT(n, 0);
}

void expect_moments(const std::function<double()>& draw, double mean, double variance) {
  constexpr int kDraws = 40000;
  double sum = 0, square = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = draw();
    sum += x;
    square += x * x;
  }
  const double found = sum / kDraws;
  EXPECT_NEAR(found, mean, 5 * std::sqrt(variance / kDraws));
  EXPECT_NEAR(square / kDraws - found * found, variance, 0.08 * variance);
}

TEST(Random, HasTheMomentsOfItsDistributions) {
  Random random(7);
  expect_moments([&] { return random.uniform(-1, 3); }, 1, 16.0 / 12);
  expect_moments([&] { return random.normal(); }, 0, 1);
  for (const double shape : {0.2, 1.0, 4.5})
    expect_moments([&] { return random.gamma(shape); }, shape, shape);
  for (const auto& [a, b] : {std::pair{0.75, 0.75}, {2.0, 5.0}, {0.1, 0.3}}) {
    const double sum = a + b;
    expect_moments([&, a = a, b = b] { return random.beta(a, b); }, a / sum,
                   a * b / (sum * sum * (sum + 1)));
  }
  expect_moments([&] { return random.chance(0.3) ? 1.0 : 0.0; }, 0.3, 0.21);
}

TEST(Random, BetaOfTinyShapesIsACoin) {
  Random random(8);
  expect_moments([&] { return random.beta(1e-6, 3e-6); }, 0.25, 0.1875);
}

// Rows that are neighbours in any part of their key draw as if they had nothing in common.
TEST(RandomAt, NeighboursAreUnrelated) {
  constexpr int kPlaces = 20'000;
  const auto first = [](uint64_t stream, int64_t place, uint8_t view) {
    return random_at(1, stream, place, view).uniform() - .5;
  };
  double view = 0, place = 0, stream = 0;
  std::set<double> different;
  for (int64_t i = 0; i < kPlaces; ++i) {
    const double own = first(3, i, 0);
    view += own * first(3, i, 1);
    place += own * first(3, i + 1, 0);
    stream += own * first(4, i, 0);
    for (const uint8_t v : {0, 1, 255}) different.insert(first(3, i, v));
  }
  EXPECT_EQ(different.size(), 3u * kPlaces);
  // Correlations, of standard deviation 1 / √places.
  for (const double sum : {view, place, stream}) EXPECT_LT(std::abs(12 * sum / kPlaces), .03);
}

TEST(Random, ShufflesEvenly) {
  Random random(9);
  std::array<int, 4> at_front{};
  for (int i = 0; i < 8000; ++i) {
    std::vector<int> items = {0, 1, 2, 3};
    random.shuffle(items);
    ++at_front.at(items[0]);
    EXPECT_EQ(std::accumulate(items.begin(), items.end(), 0), 6);
  }
  for (const int n : at_front) EXPECT_NEAR(n, 2000, 150);
  std::vector<int> none;
  random.shuffle(none);
}

}  // namespace
}  // namespace paucal
