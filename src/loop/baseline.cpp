#include "loop/baseline.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/options_json.h"
#include "quality/drift/bins.h"
#include "quality/intervals.h"

namespace paucal::loop {
namespace {

constexpr int kSharing = 4;  // rules that share the budget
constexpr int kBins = 10;
constexpr double kLambda = .1;
constexpr double kMostTied = .05;
constexpr int kMostThin = 20;

struct Spread {
  double mean = 0, variance = 0;
};

Spread spread_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  Spread spread;
  spread.mean = std::accumulate(values.begin(), values.end(), 0.) / n;
  for (const double v : values) spread.variance += (v - spread.mean) * (v - spread.mean) / n;
  return spread;
}

std::vector<double> means_of(std::span<const double> values, size_t batch) {
  std::vector<double> means;
  for (size_t i = 0; i + batch <= values.size(); i += batch)
    means.push_back(spread_of(values.subspan(i, batch)).mean);
  return means;
}

// In the order of the parts.
std::vector<double> values_of(std::span<const Observation> parts, size_t feature) {
  std::vector<double> values;
  for (const Observation& part : parts)
    if (!std::isnan(part.features[feature])) values.push_back(part.features[feature]);
  return values;
}

double tied_share(const std::vector<double>& sorted) {
  int64_t tied = 0;
  for (size_t i = 0; i < sorted.size(); ++i)
    tied += (i > 0 && sorted[i] == sorted[i - 1]) ||
            (i + 1 < sorted.size() && sorted[i] == sorted[i + 1]);
  return static_cast<double>(tied) / static_cast<double>(sorted.size());
}

// Evenly from all of them.
std::vector<double> some_of(const std::vector<double>& values, size_t most) {
  std::vector<double> some;
  const size_t count = std::min(values.size(), most);
  for (size_t i = 0; i < count; ++i) some.push_back(values[i * values.size() / count]);
  return some;
}

FeatureBaseline feature_baseline(const std::vector<double>& values, size_t parts, int mean_batch) {
  FeatureBaseline feature;
  if (values.size() * 10 < parts * 9 || spread_of(values).variance <= 0) return feature;
  const auto means = means_of(values, static_cast<size_t>(mean_batch));
  if (means.size() < 2 || spread_of(means).variance <= 0) return feature;
  feature.watched = true;
  feature.means = quality::chart_baseline(means);
  auto sorted = values;
  std::ranges::sort(sorted);
  feature.tied = tied_share(sorted) > kMostTied;
  feature.median = sorted[sorted.size() / 2];
  feature.lowest = sorted.front();
  return feature;
}

quality::EwmaOptions averages(const WatchOptions& options, int mean_batch, int64_t batches,
                              int watched) {
  const double run = std::clamp(
      static_cast<double>(options.alarm_every) * kSharing * std::max(watched, 1) / mean_batch, 2.,
      1e6);
  const auto n = static_cast<double>(batches);
  const double limit = quality::ewma_limit(kLambda, run) * (1 + 1 / std::sqrt(2 * (n - 1))) +
                       2 / std::sqrt(n) / std::sqrt(kLambda / (2 - kLambda));
  return {.lambda = kLambda, .limit = std::min(limit, 10.)};
}

std::optional<quality::BernoulliCusumOptions> cusum(double usual, double factor, double run) {
  constexpr double kMost = .24;  // twice that is below a half
  if (usual <= 0 || usual > kMost) return std::nullopt;
  const double alarming = usual * factor;
  return quality::BernoulliCusumOptions{
      .usual = usual,
      .alarming = alarming,
      .limit = quality::bernoulli_cusum_limit(usual, alarming, std::min(run, 1e9))};
}

Json feature_json(const FeatureBaseline& feature) {
  if (!feature.watched) return nullptr;
  return {{"tied", feature.tied},     {"values", feature.values},   {"edges", feature.edges},
          {"counts", feature.counts}, {"mean", feature.means.mean}, {"sigma", feature.means.sigma},
          {"median", feature.median}, {"lowest", feature.lowest}};
}

FeatureBaseline feature_from(const Json& json) {
  FeatureBaseline feature;
  if (json.is_null()) return feature;
  feature.watched = true;
  feature.tied = json.at("tied").get<bool>();
  feature.values = json.at("values").get<std::vector<double>>();
  feature.edges = json.at("edges").get<std::vector<double>>();
  feature.counts = json.at("counts").get<std::vector<int64_t>>();
  feature.means = {json.at("mean").get<double>(), json.at("sigma").get<double>()};
  feature.median = json.at("median").get<double>();
  feature.lowest = json.at("lowest").get<double>();
  return feature;
}

Json cusum_json(const std::optional<quality::BernoulliCusumOptions>& options) {
  return options ? options_json(*options) : Json();
}

std::optional<quality::BernoulliCusumOptions> cusum_from(const Json& json) {
  if (json.is_null()) return std::nullopt;
  quality::BernoulliCusumOptions options;
  options_of(options).load_json(json);
  return options;
}

}  // namespace

double Baseline::alpha() const {
  return static_cast<double>(options.batch) / (static_cast<double>(options.alarm_every) * kSharing);
}

Baseline make_baseline(std::span<const Observation> parts, const WatchOptions& options) {
  const auto count = static_cast<int64_t>(parts.size());
  if (count < options.least_parts)
    fail("baseline", "{} parts, expected at least {}", count, options.least_parts);
  Baseline baseline{.options = options, .parts = count};
  baseline.ng = std::ranges::count(parts, true, &Observation::ng);
  baseline.mean_batch = static_cast<int>(std::clamp<int64_t>(count / 100, 20, 100));
  double inflated = 1;
  int watched = 0;
  for (size_t f = 0; f < kFeatures.size(); ++f) {
    const auto values = values_of(parts, f);
    FeatureBaseline& feature = baseline.features[f];
    feature = feature_baseline(values, parts.size(), baseline.mean_batch);
    if (!feature.watched) continue;
    ++watched;
    inflated = std::max(inflated, feature.means.sigma * feature.means.sigma * baseline.mean_batch /
                                      spread_of(values).variance);
  }
  baseline.thin = static_cast<int>(std::clamp(std::round(inflated), 1., double{kMostThin}));
  for (size_t f = 0; f < kFeatures.size(); ++f) {
    FeatureBaseline& feature = baseline.features[f];
    if (!feature.watched) continue;
    const size_t most = std::min(parts.size() / static_cast<size_t>(baseline.thin),
                                 static_cast<size_t>(options.most_values));
    feature.values = some_of(values_of(parts, f), most);
    std::ranges::sort(feature.values);
    feature.edges = quality::quantile_edges(feature.values, kBins);
    feature.counts = quality::count_in_bins(feature.values, feature.edges);
  }
  baseline.ewma = averages(options, baseline.mean_batch, count / baseline.mean_batch, watched);
  const auto share = quality::clopper_pearson(baseline.ng, count, .9);
  const double run = static_cast<double>(options.alarm_every) * kSharing;
  baseline.rise = cusum(share.high, 2, run);
  baseline.fall = cusum(share.low, .5, run);
  return baseline;
}

Json to_json(const Baseline& baseline) {
  Json features = Json::object();
  for (size_t f = 0; f < kFeatures.size(); ++f)
    features[kFeatures[f]] = feature_json(baseline.features[f]);
  return {{"options", options_json(baseline.options)},
          {"parts", baseline.parts},
          {"ng", baseline.ng},
          {"thin", baseline.thin},
          {"mean_batch", baseline.mean_batch},
          {"ewma", options_json(baseline.ewma)},
          {"rise", cusum_json(baseline.rise)},
          {"fall", cusum_json(baseline.fall)},
          {"features", std::move(features)}};
}

Baseline baseline_from_json(const Json& json) {
  try {
    Baseline baseline;
    options_of(baseline.options).load_json(json.at("options"));
    baseline.parts = json.at("parts").get<int64_t>();
    baseline.ng = json.at("ng").get<int64_t>();
    baseline.thin = std::max(1, json.at("thin").get<int>());
    baseline.mean_batch = std::max(1, json.at("mean_batch").get<int>());
    options_of(baseline.ewma).load_json(json.at("ewma"));
    baseline.rise = cusum_from(json.at("rise"));
    baseline.fall = cusum_from(json.at("fall"));
    for (size_t f = 0; f < kFeatures.size(); ++f)
      baseline.features[f] = feature_from(json.at("features").at(kFeatures[f]));
    return baseline;
  } catch (const Json::exception& error) {
    fail("baseline", "{}", error.what());
  }
}

}  // namespace paucal::loop
