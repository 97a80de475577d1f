// Audits simulated many times: what is promised holds as often as it says, though somebody looks
// after every answer and would stop at the first one that suits.

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "review/audit.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

constexpr int kSeeds = 400;

// `sizes` images in strata, of which so many are wrong.
struct Truth {
  Population population;
  std::vector<bool> wrong;
  double right_share = 0;
};

Truth made_up_truth(const std::vector<int64_t>& sizes, const std::vector<int64_t>& wrong,
                    uint64_t seed) {
  Truth truth;
  int64_t all = 0, all_wrong = 0;
  for (size_t h = 0; h < sizes.size(); ++h) {
    std::vector<bool> stratum(static_cast<size_t>(sizes[h]), false);
    std::vector<size_t> places(stratum.size());
    for (size_t i = 0; i < places.size(); ++i) places[i] = i;
    Random random(seed, 7, h);
    random.shuffle(places);
    for (int64_t i = 0; i < wrong[h]; ++i) stratum[places[static_cast<size_t>(i)]] = true;
    for (const bool one : stratum) {
      truth.population.images.push_back({++all, static_cast<int>(h), "OK", "OK"});
      truth.wrong.push_back(one);
    }
    all_wrong += wrong[h];
    truth.population.strata.push_back(fmt::format("{}", h));
  }
  truth.population.sizes = sizes;
  truth.right_share = 1 - static_cast<double>(all_wrong) / static_cast<double>(all);
  return truth;
}

struct Audited {
  bool promised = false;  // at some look
  bool missed = false;    // the truth lay outside the bounds at some look
  int looks = 0;          // until the promise, or all
};

// One look after the other. `doubtful`: share of the looks whose reader is unsure.
Audited audit_of(const Truth& truth, const AuditForecast& forecast, const AuditOptions& options,
                 uint64_t seed, double doubtful) {
  AuditTerms terms{.options = options, .population = truth.population.size()};
  for (size_t h = 0; h < truth.population.sizes.size(); ++h)
    terms.strata.push_back({"", truth.population.sizes[h], forecast.looks[h]});
  std::vector<AuditCounts> counts(terms.strata.size());
  Random random(seed, 3);
  Audited audited;
  for (const size_t index : draw_looks(truth.population, std::to_string(seed), forecast.looks)) {
    AuditCounts& stratum = counts[static_cast<size_t>(truth.population.images[index].stratum)];
    if (random.chance(doubtful))
      ++stratum.unsure;
    else
      (truth.wrong[index] ? stratum.wrong : stratum.right) += 1;
    const auto low = audited_share(terms, counts, false).bounds.low,
               high = audited_share(terms, counts, true).bounds.high;
    if (!audited.promised) ++audited.looks;
    audited.promised |= low >= options.precision - 1e-12;
    audited.missed |= low > truth.right_share + 1e-12 || high < truth.right_share - 1e-12;
  }
  return audited;
}

struct Tally {
  int promised = 0, missed = 0;
  double looks = 0;
};
Tally tally(const std::vector<int64_t>& sizes, const std::vector<int64_t>& wrong,
            const AuditOptions& options, double doubtful = 0) {
  Tally all;
  const AuditForecast forecast = forecast_audit(made_up_truth(sizes, wrong, 0).population, options);
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Audited one =
        audit_of(made_up_truth(sizes, wrong, seed), forecast, options, seed, doubtful);
    all.promised += one.promised;
    all.missed += one.missed;
    all.looks += static_cast<double>(one.looks) / kSeeds;
  }
  return all;
}

// 5 % of 400 audits are 20; 30 is where chance alone comes once in a hundred.
constexpr int kMostMissed = 30;

TEST(AuditSimulation, LabelsThatAreNotGoodEnoughPassSeldomUnderPeeking) {
  const Tally all = tally({600}, {33}, {.looks = 300});  // 94.5 %, asked 95 %
  EXPECT_LE(all.promised, kMostMissed);
  EXPECT_LE(all.missed, kMostMissed);
  fmt::print("94.5 % right: {} of {} promise ≥ 95 % at some of 300 looks; {} bounds miss\n",
             all.promised, kSeeds, all.missed);
}

TEST(AuditSimulation, GoodLabelsPassAsOftenAsThePlanSays) {
  const AuditOptions options;
  const Tally all = tally({600}, {12}, options);  // 98 %
  Truth truth = made_up_truth({600}, {12}, 0);
  const AuditForecast forecast = forecast_audit(truth.population, options);
  const auto at_98 = std::ranges::find(forecast.curve, .98, &std::pair<double, double>::first);
  ASSERT_NE(at_98, forecast.curve.end());
  EXPECT_NEAR(static_cast<double>(all.promised) / kSeeds, at_98->second, .04);
  EXPECT_NEAR(all.looks, forecast.mean, .12 * forecast.mean);
  EXPECT_LE(all.missed, kMostMissed);
  fmt::print("98 % right: {} of {} pass, mean {:.0f} looks; the plan says {:.3f} and {:.0f}\n",
             all.promised, kSeeds, all.looks, at_98->second, forecast.mean);
}

TEST(AuditSimulation, UnsureReadersNeverMakeAPromiseEasier) {
  const Tally sure = tally({600}, {12}, {.looks = 200}),
              unsure = tally({600}, {12}, {.looks = 200}, /*doubtful=*/.03);
  EXPECT_LT(unsure.promised, sure.promised);
  EXPECT_LE(unsure.missed, kMostMissed);
}

TEST(AuditSimulation, StrataOfDifferentRatesAreWeighedBack) {
  // Half of the doubtful and a twentieth of the others are looked at; errors are where the doubt
  // is.
  const Tally all = tally({100, 200, 700}, {40, 10, 5}, {.precision = .95, .looks = 200});
  EXPECT_LE(all.promised, kMostMissed) << "94.5 % are right";
  EXPECT_LE(all.missed, kMostMissed);
  fmt::print("three strata, 94.5 % right: {} of {} promise ≥ 95 %, {} bounds miss\n", all.promised,
             kSeeds, all.missed);
}

TEST(AuditPlanCurve, BadLabelsPassAtMostAsOftenAsSaid) {
  const Truth truth = made_up_truth({5000}, {0}, 0);
  const AuditForecast forecast = forecast_audit(truth.population, {.confidence = .9});
  EXPECT_EQ(forecast.curve.back().first, 1);
  EXPECT_EQ(forecast.curve.back().second, 1);
  for (const auto& [share, passes] : forecast.curve) {
    EXPECT_LE(passes, share < .95 ? .1 : 1) << share;
    EXPECT_GE(passes, share < .98 ? 0 : .9) << share;
  }
  EXPECT_LT(forecast.least, forecast.nine_of_ten);
  EXPECT_LE(forecast.nine_of_ten, forecast.drawn());
}

TEST(AuditPlanCurve, TheDoubtfulAreLookedAtMore) {
  const Truth truth = made_up_truth({500, 2000, 2000}, {0, 0, 0}, 0);
  const AuditForecast forecast = forecast_audit(truth.population, {.looks = 450});
  EXPECT_EQ(forecast.drawn(), 450);
  EXPECT_GT(static_cast<double>(forecast.looks[0]) / 500,
            1.2 * static_cast<double>(forecast.looks[1]) / 2000);
  EXPECT_GT(forecast.looks[1], forecast.looks[2]);
  for (const int64_t looks : forecast.looks) EXPECT_GT(looks, 0);
}

TEST(AuditDraw, EachImageIsEquallyLikelyAndStrataKeepTheirRatesAtEveryLook) {
  Truth truth = made_up_truth({40, 80}, {0, 0}, 0);
  const std::vector<int64_t> looks = {20, 10};
  std::vector<int> times(120, 0);
  constexpr int kDraws = 2000;
  for (int seed = 0; seed < kDraws; ++seed) {
    int64_t first = 0, drawn = 0;
    for (const size_t index : draw_looks(truth.population, std::to_string(seed), looks)) {
      ++times[index];
      ++drawn;
      first += truth.population.images[index].stratum == 0;
      EXPECT_NEAR(static_cast<double>(first), 2. / 3 * static_cast<double>(drawn), 1.01);
    }
    EXPECT_EQ(drawn, 30);
  }
  for (size_t i = 0; i < times.size(); ++i) {
    const double pi = i < 40 ? .5 : .125;
    EXPECT_NEAR(times[i], pi * kDraws, 4.5 * std::sqrt(pi * (1 - pi) * kDraws)) << i;
  }
}

}  // namespace
}  // namespace paucal::review
