#include "loop/watch.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "quality/drift/bins.h"
#include "quality/drift/chi2.h"
#include "quality/drift/holm.h"
#include "quality/drift/ks.h"
#include "quality/drift/psi.h"

namespace paucal::loop {
namespace {

enum : Rule { kDistribution, kAverage, kNgRise, kNgFall, kFrozen, kBlank };

constexpr int kFrozenAfter = 3;
constexpr double kBlankShare = .1;  // of the least spread of the baseline

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

const char* moved(double from, double to) {
  return to > from ? "rose" : to < from ? "fell" : "spread differently";
}

struct Compared {
  size_t feature = 0;
  double p_value = 1;
  std::string how = {};
};

// A batch of one feature against the baseline.
Compared compare(size_t f, const FeatureBaseline& feature, const std::vector<double>& batch,
                 int thin, double alpha) {
  std::vector<double> values;
  for (size_t i = 0; i < batch.size(); i += static_cast<size_t>(thin)) values.push_back(batch[i]);
  const auto counts = quality::count_in_bins(values, feature.edges);
  const double psi = quality::psi(feature.counts, counts, alpha).value;
  if (feature.tied) {
    const auto test = quality::chi2_test(feature.counts, counts);
    return {f, test.p_value, fmt::format("χ² {:.1f}, PSI {:.2f}", test.statistic, psi)};
  }
  const auto test = quality::ks_test(feature.values, values);
  return {f, test.p_value,
          fmt::format("KS {:.2f}, limit {:.2f}, PSI {:.2f}", test.statistic,
                      quality::ks_limit(static_cast<double>(feature.values.size()),
                                        static_cast<double>(values.size()), alpha),
                      psi)};
}

}  // namespace

Watcher::Watcher(const Baseline& baseline, bool scores) : baseline_(baseline), scores_(scores) {
  for (const FeatureBaseline& feature : baseline.features)
    features_.push_back({.ewma = quality::Ewma(feature.means, baseline.ewma)});
  if (!scores) return;
  if (baseline.rise) rise_.emplace(*baseline.rise);
  if (baseline.fall) fall_.emplace(*baseline.fall);
}

bool Watcher::watches(size_t feature) const {
  return baseline_.features[feature].watched && (scores_ || feature >= kScoreFeatures);
}

void Watcher::raise(Rule rule, int64_t since, int64_t until, int feature, std::string text,
                    std::vector<Raised>& raised) {
  if (rules_[rule].silent) return;
  rules_[rule].silent = true;
  raised.push_back({rule, since, until, feature, std::move(text)});
}

void Watcher::restart(Rule rule) {
  rules_[rule] = {};
  if (rule == kDistribution) in_batch_ = 0;
  if (rule == kAverage) in_mean_ = 0;
  for (FeatureState& feature : features_) {
    if (rule == kDistribution) feature.batch.clear();
    if (rule != kAverage) continue;
    feature.ewma.restart();
    feature.sum = 0;
    feature.left = 0;
  }
  if (rule == kNgRise && rise_) rise_->restart();
  if (rule == kNgFall && fall_) fall_->restart();
  if (rule == kFrozen) same_ = 0;
}

void Watcher::compare_batch(const Observation& last, std::vector<Raised>& raised) {
  std::vector<Compared> all;
  for (size_t f = 0; f < features_.size(); ++f)
    if (watches(f) && features_[f].batch.size() * 2 >= static_cast<size_t>(in_batch_) &&
        !features_[f].batch.empty())
      all.push_back(
          compare(f, baseline_.features[f], features_[f].batch, baseline_.thin, baseline_.alpha()));
  std::vector<double> p_values;
  for (const Compared& one : all) p_values.push_back(one.p_value);
  const auto adjusted = quality::holm(p_values);
  std::vector<size_t> order(all.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return p_values[i]; });
  std::string text;
  int worst = -1;
  for (const size_t i : order) {
    if (adjusted[i] > baseline_.alpha()) continue;
    const size_t f = all[i].feature;
    const double before = baseline_.features[f].median, now = median_of(features_[f].batch);
    text += fmt::format("{}{} {} from {:.4g} to {:.4g} ({})", text.empty() ? "" : "; ",
                        kFeatures[f], moved(before, now), before, now, all[i].how);
    if (worst < 0) worst = static_cast<int>(f);
  }
  if (worst >= 0) raise(kDistribution, batch_since_, last.id, worst, std::move(text), raised);
}

void Watcher::move_averages(const Observation& last, std::vector<Raised>& raised) {
  for (size_t f = 0; f < features_.size(); ++f) {
    if (!watches(f)) continue;
    FeatureState& feature = features_[f];
    const quality::ChartBaseline& usual = baseline_.features[f].means;
    const bool outside = feature.ewma.add(feature.sum / in_mean_);
    feature.sum = 0;
    const double off = feature.ewma.value() - usual.mean;
    const bool above = off > 0,
               near = std::abs(off) * baseline_.ewma.limit <= feature.ewma.half_width();
    if (near)
      feature.left = 0;
    else if (feature.left == 0 || above != feature.above)
      feature.left = mean_since_;
    feature.above = above;
    if (outside)
      raise(kAverage, feature.left, last.id, static_cast<int>(f),
            fmt::format("the average of {} {} from {:.4g} to {:.4g} (limits ± {:.2g})",
                        kFeatures[f], above ? "rose" : "fell", usual.mean, feature.ewma.value(),
                        feature.ewma.half_width()),
            raised);
  }
}

void Watcher::count_ng(const Observation& part, std::vector<Raised>& raised) {
  const auto count = [&](std::optional<quality::BernoulliCusum>& chart, Rule rule, const char* word,
                         double usual, double limit) {
    if (!chart || rules_[rule].silent) return;
    if (chart->value() <= 0) rules_[rule].since = part.id;
    if (chart->add(part.ng))
      raise(
          rule, rules_[rule].since, part.id, -1,
          fmt::format("NG parts {} from {:.2f} % of the baseline ({:.1f} {}, limit {:.1f})", word,
                      100 * usual, chart->value(), rule == kNgRise ? "too many" : "too few", limit),
          raised);
  };
  const double share = static_cast<double>(baseline_.ng) / static_cast<double>(baseline_.parts);
  count(rise_, kNgRise, "rose", share, baseline_.rise ? baseline_.rise->limit : 0);
  count(fall_, kNgFall, "fell", share, baseline_.fall ? baseline_.fall->limit : 0);
}

void Watcher::look_at_picture(const Observation& part, std::vector<Raised>& raised) {
  same_ = !part.hash.empty() && part.hash == hash_ ? same_ + 1 : 1;
  if (same_ == 1) rules_[kFrozen].since = part.id;
  hash_ = part.hash;
  if (same_ >= kFrozenAfter && !part.hash.empty())
    raise(kFrozen, rules_[kFrozen].since, part.id, -1,
          fmt::format("the same picture {} times in a row: is the camera frozen?", same_), raised);
  constexpr size_t kSpread = 3;
  static_assert(std::string_view(kFeatures[kSpread]) == "spread");
  const FeatureBaseline& spread = baseline_.features[kSpread];
  if (spread.watched && part.features[kSpread] < kBlankShare * spread.lowest)
    raise(kBlank, part.id, part.id, kSpread,
          fmt::format("a picture of all but one grey: spread {:.2g}, at least {:.2g} in the "
                      "baseline",
                      part.features[kSpread], spread.lowest),
          raised);
}

void Watcher::add(const Observation& part, std::vector<Raised>& raised) {
  look_at_picture(part, raised);
  if (scores_) count_ng(part, raised);
  if (in_batch_++ == 0) batch_since_ = part.id;
  if (in_mean_++ == 0) mean_since_ = part.id;
  for (size_t f = 0; f < features_.size(); ++f) {
    const double value = part.features[f];
    if (!watches(f)) continue;
    if (!std::isnan(value)) features_[f].batch.push_back(value);
    features_[f].sum += std::isnan(value) ? baseline_.features[f].means.mean : value;
  }
  // Batches end at the same parts wherever watching began; a short first one says nothing.
  if (part.number % baseline_.options.batch == 0) {
    if (in_batch_ * 10 >= baseline_.options.batch * 9) compare_batch(part, raised);
    in_batch_ = 0;
    for (FeatureState& feature : features_) feature.batch.clear();
  }
  if (part.number % baseline_.mean_batch == 0) {
    if (in_mean_ == baseline_.mean_batch) move_averages(part, raised);
    in_mean_ = 0;
    for (FeatureState& feature : features_) feature.sum = 0;
  }
}

}  // namespace paucal::loop
