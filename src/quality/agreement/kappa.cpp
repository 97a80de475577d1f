#include "quality/agreement/kappa.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "quality/special.h"

namespace paucal::quality {
namespace {

constexpr double kNoKappa = std::numeric_limits<double>::quiet_NaN();

void check_counts_of(std::span<const int64_t> counts, int classes, double level) {
  if (classes < 2) fail("kappa", "{} classes, expected at least 2", classes);
  if (!(level > 0 && level < 1)) fail("kappa", "level {}, expected between 0 and 1", level);
  for (const int64_t count : counts)
    if (count < 0) fail("kappa", "a count of {}, expected 0 or more", count);
}

Kappa with_bounds(double value, double variance, double level) {
  const double error = std::sqrt(std::max(0.0, variance));
  const double half = normal_quantile(0.5 + level / 2) * error;
  return {value, error, {std::max(-1.0, value - half), std::min(1.0, value + half)}};
}

}  // namespace

Kappa cohen_kappa(std::span<const int64_t> table, int classes, double level) {
  check_counts_of(table, classes, level);
  const auto k = static_cast<size_t>(classes);
  if (table.size() != k * k)
    fail("kappa", "a table of {} counts, expected {}²", table.size(), classes);
  double n = 0;
  for (const int64_t count : table) n += static_cast<double>(count);
  if (n < 2) fail("kappa", "{} items, expected at least 2", n);
  const auto p = [&](size_t i, size_t j) { return static_cast<double>(table[i * k + j]) / n; };
  std::vector<double> row(k, 0), column(k, 0);
  double agreed = 0, by_chance = 0;
  for (size_t i = 0; i < k; ++i) {
    agreed += p(i, i);
    for (size_t j = 0; j < k; ++j) {
      row[i] += p(i, j);
      column[j] += p(i, j);
    }
  }
  for (size_t i = 0; i < k; ++i) by_chance += row[i] * column[i];
  if (by_chance >= 1) return {kNoKappa, 0, {-1, 1}};
  const double kappa = (agreed - by_chance) / (1 - by_chance), rest = 1 - kappa;
  double on = 0, off = 0;
  for (size_t i = 0; i < k; ++i)
    for (size_t j = 0; j < k; ++j) {
      const double weight = i == j ? 1 - (row[i] + column[i]) * rest : (column[i] + row[j]) * rest;
      (i == j ? on : off) += p(i, j) * weight * weight;
    }
  const double shift = kappa - by_chance * rest;
  const double variance = (on + off - shift * shift) / (n * (1 - by_chance) * (1 - by_chance));
  return with_bounds(kappa, variance, level);
}

Kappa fleiss_kappa(std::span<const int64_t> votes, int classes, double level) {
  check_counts_of(votes, classes, level);
  const auto k = static_cast<size_t>(classes);
  const size_t items = votes.size() / k;
  if (votes.size() % k || items < 2)
    fail("kappa", "{} votes in rows of {}, expected whole rows, at least 2", votes.size(), classes);
  std::vector<double> totals(items, 0), agreed(items, 0), share(k, 0);
  for (size_t i = 0; i < items; ++i) {
    for (size_t c = 0; c < k; ++c) totals[i] += static_cast<double>(votes[i * k + c]);
    if (totals[i] < 2) fail("kappa", "item {} has {} votes, expected at least 2", i, totals[i]);
    for (size_t c = 0; c < k; ++c) {
      const auto v = static_cast<double>(votes[i * k + c]);
      agreed[i] += v * (v - 1) / (totals[i] * (totals[i] - 1));
      share[c] += v / totals[i] / static_cast<double>(items);
    }
  }
  double mean = 0, by_chance = 0;
  for (const double a : agreed) mean += a / static_cast<double>(items);
  for (const double s : share) by_chance += s * s;
  if (by_chance >= 1 - 1e-12) return {kNoKappa, 0, {-1, 1}};
  const double kappa = (mean - by_chance) / (1 - by_chance);
  double squares = 0;
  for (size_t i = 0; i < items; ++i) {
    double chance_of_item = 0;
    for (size_t c = 0; c < k; ++c)
      chance_of_item += share[c] * static_cast<double>(votes[i * k + c]) / totals[i];
    const double of_item = (agreed[i] - by_chance) / (1 - by_chance) -
                           2 * (1 - kappa) * (chance_of_item - by_chance) / (1 - by_chance);
    squares += (of_item - kappa) * (of_item - kappa);
  }
  const auto n = static_cast<double>(items);
  return with_bounds(kappa, squares / (n * (n - 1)), level);
}

}  // namespace paucal::quality
