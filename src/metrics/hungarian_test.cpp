#include "metrics/hungarian.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace paucal::metrics {
namespace {

double total(const CostMatrix& cost, const std::vector<int>& column_of) {
  double sum = 0;
  for (size_t r = 0; r < cost.rows; ++r)
    if (column_of[r] >= 0) sum += cost.at(r, column_of[r]);
  return sum;
}

// The least total over all ways to place the smaller side.
double brute_force(const CostMatrix& cost) {
  const bool turn = cost.rows > cost.columns;
  const size_t few = std::min(cost.rows, cost.columns), many = std::max(cost.rows, cost.columns);
  std::vector<size_t> order(many);
  std::iota(order.begin(), order.end(), 0);
  double best = std::numeric_limits<double>::infinity();
  do {
    double sum = 0;
    for (size_t i = 0; i < few; ++i) sum += turn ? cost.at(order[i], i) : cost.at(i, order[i]);
    best = std::min(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

TEST(Hungarian, EqualsBruteForce) {
  for (uint64_t trial = 0; trial < 300; ++trial) {
    Random random(7, 0, trial);
    CostMatrix cost(random.between(1, 6), random.between(1, 6));
    // Every third trial with few different costs, so that ties are common.
    for (double& value : cost.values)
      value = trial % 3 ? random.uniform(-5, 20) : static_cast<double>(random.below(3));
    const auto column_of = assign(cost);

    std::vector<int> used;
    for (const int c : column_of)
      if (c >= 0) used.push_back(c);
    EXPECT_EQ(used.size(), std::min(cost.rows, cost.columns));
    std::sort(used.begin(), used.end());
    EXPECT_EQ(std::unique(used.begin(), used.end()), used.end()) << "a column was given twice";
    EXPECT_NEAR(total(cost, column_of), brute_force(cost), 1e-9) << "trial " << trial;
  }
}

TEST(Hungarian, TakesTheDearPairThatFreesACheapOne) {
  CostMatrix cost(2, 2);
  cost.values = {1, 2,  //
                 2, 100};
  EXPECT_EQ(assign(cost), (std::vector<int>{1, 0}));
}

TEST(Hungarian, MoreRowsThanColumnsLeavesRowsOut) {
  CostMatrix cost(3, 1);
  cost.values = {5, 1, 3};
  EXPECT_EQ(assign(cost), (std::vector<int>{-1, 0, -1}));
}

TEST(Hungarian, EmptySidesAreFine) {
  EXPECT_TRUE(assign(CostMatrix(0, 3)).empty());
  EXPECT_EQ(assign(CostMatrix(2, 0)), (std::vector<int>{-1, -1}));
}

TEST(Hungarian, RefusesCostsThatAreNotFinite) {
  CostMatrix cost(2, 2, 1);
  cost.at(1, 0) = std::nan("");
  EXPECT_THROW(assign(cost), Error);
}

}  // namespace
}  // namespace paucal::metrics
