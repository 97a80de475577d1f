#include "review/audit_plan.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "quality/audit/audit_plan.h"
#include "quality/audit/strata.h"

namespace paucal::review {
namespace {

constexpr int64_t kMostLooks = 20'000;
constexpr size_t kWrongShown = 11;

// More looks where more is doubted: errors are guessed to fall with the number of the stratum.
std::vector<int64_t> spread_looks(const Population& population, double expected, int64_t looks) {
  double weighted = 0;
  for (size_t h = 0; h < population.sizes.size(); ++h)
    weighted += static_cast<double>(population.sizes[h]) / static_cast<double>(h + 1);
  std::vector<double> shares;
  for (size_t h = 0; h < population.sizes.size(); ++h)
    shares.push_back(1 - std::min(.5, (1 - expected) * static_cast<double>(population.size()) /
                                          weighted / static_cast<double>(h + 1)));
  return quality::neyman_allocation(population.sizes, shares, looks);
}

// Looks after which all right ones suffice.
int64_t least_of_strata(const Population& population, const AuditOptions& options) {
  const auto promised = [&](int64_t looks) {
    const auto spread = spread_looks(population, options.expected, looks);
    std::vector<quality::AuditStratum> strata;
    for (size_t h = 0; h < spread.size(); ++h)
      strata.push_back({population.sizes[h], spread[h], spread[h]});
    return quality::stratified_share(strata, {.alpha = 1 - options.confidence}).bounds.low >=
           options.precision - 1e-12;
  };
  int64_t high = std::min(population.size(), kMostLooks), low = 0;
  if (!promised(high)) return 0;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (promised(middle) ? high : low) = middle;
  }
  return high;
}

std::vector<double> curve_shares(const AuditOptions& options) {
  std::vector<double> shares;
  for (const double below : {.05, .03, .02, .01, 0.}) shares.push_back(options.precision - below);
  shares.push_back((options.precision + options.expected) / 2);
  shares.push_back(options.expected);
  shares.push_back((1 + options.expected) / 2);
  shares.push_back(1);
  std::erase_if(shares, [](double share) { return share <= 0; });
  std::ranges::sort(shares);
  shares.erase(std::unique(shares.begin(), shares.end()), shares.end());
  return shares;
}

}  // namespace

int64_t AuditForecast::drawn() const {
  return std::accumulate(looks.begin(), looks.end(), int64_t{0});
}

Json AuditForecast::to_json() const {
  Json points = Json::array();
  for (const auto& [share, passes] : curve)
    points.push_back({{"right", share}, {"passes", passes}});
  return {{"population", population},
          {"least", least},
          {"mean", mean},
          {"nine_of_ten", nine_of_ten},
          {"looks_with_wrong", looks_with_wrong},
          {"drawn", drawn()},
          {"drawn_of_strata", looks},
          {"curve", std::move(points)}};
}

AuditForecast forecast_audit(const Population& population, const AuditOptions& options) {
  if (population.size() == 0 && options.of == "labels")
    fail("audit", "no closed image, expected some; --of images audits what the model says");
  if (population.size() == 0)
    fail("audit", "no open image of which a model gave a verdict, expected a run with predictions");
  quality::AuditPlanOptions asked{.precision = options.precision,
                                  .confidence = options.confidence,
                                  .expected = options.expected,
                                  .population = population.size(),
                                  .most = kMostLooks};
  const quality::AuditPlan plan = quality::plan_audit(asked);
  AuditForecast forecast{.population = population.size(), .least = plan.least};
  const bool one = population.sizes.size() == 1;
  if (!one) forecast.least = least_of_strata(population, options);
  int64_t drawn = std::max({forecast.least * 2, plan.nine_of_ten * 2, plan.least * 2});
  if (drawn == 0) drawn = kMostLooks;
  if (options.looks > 0) drawn = options.looks;
  drawn = std::min({drawn, population.size(), kMostLooks});
  forecast.looks = spread_looks(population, options.expected, drawn);
  if (!one) return forecast;
  asked.most = drawn;
  const quality::AuditPlan sized = quality::plan_audit(asked);
  forecast.mean = sized.mean;
  forecast.nine_of_ten = sized.nine_of_ten;
  forecast.looks_with_wrong = sized.looks_with_wrong;
  if (forecast.looks_with_wrong.size() > kWrongShown) forecast.looks_with_wrong.resize(kWrongShown);
  for (const double share : curve_shares(options)) {
    asked.expected = share;
    forecast.curve.emplace_back(share, quality::plan_audit(asked).passes);
  }
  return forecast;
}

}  // namespace paucal::review
