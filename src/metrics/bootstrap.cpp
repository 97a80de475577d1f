#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "metrics/share.h"

namespace paucal::metrics {
namespace {

constexpr std::string_view kBootstrapPlace = "bootstrap";
constexpr uint64_t kBootstrapStream = 0xB007;

// Examples by falling score, with the group of each as an index into the weights.
struct Ranked {
  double score;
  bool positive;
  size_t group;
};

double weighted_auroc(const std::vector<Ranked>& ranked, const std::vector<double>& weights) {
  double area = 0, positives = 0, negatives = 0;
  for (size_t begin = 0, end = 0; begin < ranked.size(); begin = end) {
    double tied_positives = 0, tied_negatives = 0;
    for (; end < ranked.size() && ranked[end].score == ranked[begin].score; ++end)
      (ranked[end].positive ? tied_positives : tied_negatives) += weights[ranked[end].group];
    area += tied_negatives * (positives + 0.5 * tied_positives);
    positives += tied_positives;
    negatives += tied_negatives;
  }
  return area / (positives * negatives);
}

}  // namespace

quality::Interval bootstrap_auroc(std::span<const double> scores, std::span<const uint8_t> positive,
                                  std::span<const int> groups, const BootstrapOptions& options) {
  if (!(options.level > 0 && options.level < 1))
    fail(kBootstrapPlace, "level {}, expected between 0 and 1", options.level);
  if (options.resamples < 1)
    fail(kBootstrapPlace, "{} resamples, expected 1 or more", options.resamples);
  if (scores.size() != positive.size() || scores.size() != groups.size())
    fail(kBootstrapPlace, "{} scores, {} labels and {} groups, expected as many", scores.size(),
         positive.size(), groups.size());

  std::map<int, size_t> index;  // group number → place in the weights
  std::vector<int> kinds;       // 1: has negatives, 2: has positives, 3: both
  std::vector<Ranked> ranked;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) fail(kBootstrapPlace, "score {} is NaN", i);
    const auto [found, added] = index.emplace(groups[i], index.size());
    if (added) kinds.push_back(0);
    kinds[found->second] |= positive[i] ? 2 : 1;
    ranked.push_back({scores[i], positive[i] != 0, found->second});
  }
  const int present = std::accumulate(kinds.begin(), kinds.end(), 0, std::bit_or{});
  if (present != 3) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    return {none, none};
  }
  std::ranges::sort(ranked, std::greater{}, &Ranked::score);
  std::vector<std::vector<size_t>> strata(4);
  for (size_t group = 0; group < kinds.size(); ++group) strata[kinds[group]].push_back(group);

  std::vector<double> values;
  for (int resample = 0; resample < options.resamples; ++resample) {
    Random random(options.seed, kBootstrapStream, static_cast<uint64_t>(resample));
    std::vector<double> weights(kinds.size());
    for (const auto& stratum : strata)
      for (size_t i = 0; i < stratum.size(); ++i)
        ++weights[stratum[random.below(static_cast<int64_t>(stratum.size()))]];
    values.push_back(weighted_auroc(ranked, weights));
  }
  std::ranges::sort(values);
  const double tail = (1 - options.level) / 2;
  return {quantile(values, tail), quantile(values, 1 - tail)};
}

}  // namespace paucal::metrics
