// A line of 50,000 parts, watched as a factory would: every 500 parts each feature is tested
// against a baseline, Holm over the features; batch means go to an EWMA, verdicts to a Bernoulli
// CUSUM. All limits come from one budget of false alarms.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/random.h"
#include "quality/charts/bernoulli_cusum.h"
#include "quality/charts/ewma.h"
#include "quality/drift/bins.h"
#include "quality/drift/chi2.h"
#include "quality/drift/holm.h"
#include "quality/drift/ks.h"

namespace paucal::quality {
namespace {

constexpr int kParts = 50'000, kCheck = 500, kBaseline = 10'000;
constexpr int kChecks = kParts / kCheck;

struct Change {
  double light = 0;  // of a standard deviation
  double blur = 1;   // factor of the sharpness
  double ng = 0.01;  // share of NG parts
};

struct SimulatedPart {
  double light, sharpness, heat;
  bool said_ng;
};

SimulatedPart make_part(Random& random, const Change& change) {
  const bool ng = random.chance(change.ng);
  // Heat is exactly 0 on most OK parts: ties, which KS cannot take.
  const double heat = ng ? 2 + random.uniform() : random.chance(.8) ? 0 : random.uniform();
  return {random.normal() + change.light, (1 + .1 * random.normal()) * change.blur, heat,
          random.chance(ng ? .95 : .002)};
}

struct Watched {
  int alarms = 0;
  int first = -1;  // parts until the first one
};

Watched watch(uint64_t seed, const Change& change, bool until_first) {
  Random random(66, 0, seed);
  std::array<std::vector<double>, 3> base;
  for (int i = 0; i < kBaseline; ++i) {
    const SimulatedPart part = make_part(random, {});
    base[0].push_back(part.light);
    base[1].push_back(part.sharpness);
    base[2].push_back(part.heat);
  }
  std::vector<double> batch_means;
  for (int b = 0; b < 100; ++b) {
    double sum = 0;
    for (int i = 0; i < kCheck; ++i) sum += make_part(random, {}).light;
    batch_means.push_back(sum / kCheck);
  }
  const auto edges = quantile_edges(base[2], 10);
  const auto base_counts = count_in_bins(base[2], edges);
  // One false alarm in 50,000 parts, shared by three rules.
  constexpr double kAlpha = 1. / 3 / kChecks;
  // Mean and σ from 100 batches are a little off: the limit has twice the run length.
  Ewma ewma(chart_baseline(batch_means), {.lambda = .1, .limit = ewma_limit(.1, 6. * kChecks)});
  BernoulliCusum cusum(
      {.usual = .0115, .alarming = .023, .limit = bernoulli_cusum_limit(.0115, .023, 3. * kParts)});
  Watched result;
  const auto alarm = [&](int parts) {
    ++result.alarms;
    if (result.first < 0) result.first = parts;
  };
  std::array<std::vector<double>, 3> batch;
  for (int i = 1; i <= kParts && !(until_first && result.first >= 0); ++i) {
    const SimulatedPart part = make_part(random, change);
    batch[0].push_back(part.light);
    batch[1].push_back(part.sharpness);
    batch[2].push_back(part.heat);
    if (cusum.add(part.said_ng)) {
      alarm(i);
      cusum.restart();
    }
    if (i % kCheck) continue;
    const std::vector<double> p = {ks_test(base[0], batch[0]).p_value,
                                   ks_test(base[1], batch[1]).p_value,
                                   chi2_test(base_counts, count_in_bins(batch[2], edges)).p_value};
    for (const double adjusted : holm(p))
      if (adjusted < kAlpha) {
        alarm(i);
        break;
      }
    double sum = 0;
    for (const double v : batch[0]) sum += v;
    if (ewma.add(sum / kCheck)) {
      alarm(i);
      ewma.restart();
    }
    for (auto& values : batch) values.clear();
  }
  return result;
}

TEST(SimulatedLine, WithoutDriftAlarmsStayInTheBudget) {
  int alarms = 0;
  constexpr int kSeeds = 12;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) alarms += watch(seed, {}, false).alarms;
  EXPECT_LE(alarms, 1.5 * kSeeds) << "one in 50,000 parts was allowed";
}

TEST(SimulatedLine, ChangesAreFoundSoon) {
  struct Row {
    const char* what;
    Change change;
    double parts;
  };
  for (const Row& row :
       {Row{"light by half a standard deviation", {.light = .5}, 500},
        Row{"light by a fifth", {.light = .2}, 1500}, Row{"a little blur", {.blur = .95}, 500},
        Row{"twice as many NG", {.ng = .02}, 2500}}) {
    double sum = 0;
    constexpr int kSeeds = 8;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      const int first = watch(100 + seed, row.change, true).first;
      ASSERT_GE(first, 0) << row.what;
      sum += first;
    }
    EXPECT_LE(sum / kSeeds, row.parts) << row.what;
  }
}

}  // namespace
}  // namespace paucal::quality
