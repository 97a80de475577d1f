#include "quality/plans/single_plan.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quality/bisect.h"
#include "quality/intervals.h"
#include "quality/special.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kPlanPlace = "sampling plan";
constexpr double kMostLooks = 100'000;  // of a designed plan

void check_plan(const SinglePlan& plan) {
  if (plan.n < 1 || plan.accept < 0 || plan.accept >= plan.n)
    fail(kPlanPlace, "n {}, accept {}, expected at least 1 look and 0 to n - 1 bad ones", plan.n,
         plan.accept);
}

void check_share(double share, const char* what) {
  if (!(share >= 0 && share <= 1)) fail(kPlanPlace, "{} {}, expected 0 to 1", what, share);
}

}  // namespace

double acceptance(const SinglePlan& plan, double p) {
  check_plan(plan);
  check_share(p, "share of bad items");
  return binomial_cdf(plan.accept, plan.n, p);
}

double acceptance_in_lot(const SinglePlan& plan, int64_t bad, int64_t lot) {
  check_plan(plan);
  if (bad < 0 || bad > lot || plan.n > lot)
    fail(kPlanPlace, "{} bad of {}, {} looks, expected no more than the lot", bad, lot, plan.n);
  return hypergeometric_cdf(plan.accept, plan.n, bad, lot);
}

std::vector<OcPoint> oc_curve(const SinglePlan& plan, double most, int points) {
  if (points < 2) fail(kPlanPlace, "{} points, expected at least 2", points);
  std::vector<OcPoint> curve;
  for (int i = 0; i < points; ++i) {
    const double p = most * i / (points - 1);
    curve.push_back({p, acceptance(plan, p)});
  }
  return curve;
}

double quality_accepted_with(const SinglePlan& plan, double accepted) {
  check_plan(plan);
  if (!(accepted > 0 && accepted < 1))
    fail(kPlanPlace, "acceptance {}, expected between 0 and 1", accepted);
  return bisect(0, 1, [&](double p) { return accepted - acceptance(plan, p); });
}

OutgoingLimit average_outgoing_limit(const SinglePlan& plan, int64_t lot) {
  check_plan(plan);
  if (lot != 0 && plan.n > lot)
    fail(kPlanPlace, "{} looks of a lot of {}, expected no more", plan.n, lot);
  const double stays = lot ? 1 - static_cast<double>(plan.n) / static_cast<double>(lot) : 1;
  // p · P(p) has one peak.
  const auto outgoing = [&](double p) { return p * acceptance(plan, p) * stays; };
  double low = 0, high = 1;
  for (int i = 0; i < 200; ++i) {
    const double a = low + (high - low) / 3, b = high - (high - low) / 3;
    if (outgoing(a) < outgoing(b))
      low = a;
    else
      high = b;  // also where both are 0, far out
  }
  return {outgoing(low), low};
}

double average_total_looks(const SinglePlan& plan, double p, int64_t lot) {
  if (plan.n > lot) fail(kPlanPlace, "{} looks of a lot of {}, expected no more", plan.n, lot);
  return static_cast<double>(plan.n) +
         (1 - acceptance(plan, p)) * static_cast<double>(lot - plan.n);
}

SinglePlan design_single_plan(const PlanRisks& r) {
  for (const double share : {r.good, r.bad, r.producer, r.consumer}) check_share(share, "share");
  if (!(r.good < r.bad) || r.bad >= 1 || !(r.producer > 0) || !(r.consumer > 0) ||
      r.producer >= 1 || r.consumer >= 1)
    fail(kPlanPlace,
         "good {}, bad {}, producer {}, consumer {}: expected good below bad and risks between 0 "
         "and 1",
         r.good, r.bad, r.producer, r.consumer);
  // The normal approximation tells beforehand whether the search would end.
  const auto spread = [](double p, double risk) {
    return std::abs(normal_quantile(risk)) * std::sqrt(p * (1 - p));
  };
  const double root = (spread(r.good, r.producer) + spread(r.bad, r.consumer)) / (r.bad - r.good);
  if (root * root > kMostLooks)
    fail(kPlanPlace, "good {} and bad {} need about {:.0f} looks, expected them further apart",
         r.good, r.bad, root * root);
  for (int64_t accept = 0;; ++accept) {
    const int64_t n = looks_for(1 - r.bad, accept, 1 - r.consumer);
    if (binomial_cdf(accept, n, r.good) >= 1 - r.producer) return {n, accept};
  }
}

}  // namespace paucal::quality
