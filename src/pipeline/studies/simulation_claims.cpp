#include "pipeline/studies/simulation_claims.h"

#include <cmath>
#include <limits>

#include "metrics/annotation/labour_saved.h"
#include "pipeline/studies/simulation_run.h"

namespace paucal::pipeline {
namespace {

using metrics::LabourPoint;

constexpr double kFactors[] = {.5, 1, 2};

metrics::ActionCosts costs_of(const Json& report) {
  metrics::ActionCosts costs;
  options_of(costs).load_json(report.at("costs"));
  return costs;
}

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

double number_or_nan(const Json& figures, const char* key) {
  const auto found = figures.find(key);
  return found != figures.end() && found->is_number() ? found->get<double>() : NAN;
}

std::vector<LabourPoint> curve_of(const Json& report, const std::string& order, const Json& seed,
                                  const char* figure, const metrics::ActionCosts& costs) {
  std::vector<LabourPoint> curve;
  for (const Json& point : report.at("points"))
    if (point.at("order") == order && point.at("seed") == seed)
      curve.push_back({metrics::actions_from_json(point.at("actions")).seconds(costs),
                       number_or_nan(point.at("figures"), figure)});
  return curve;
}

Json claim_of(const Json& report, const std::string& order, const char* figure, double factor) {
  const metrics::ActionCosts costs = metrics::with_judging(costs_of(report), factor);
  const double drawing =
      metrics::actions_from_json(report.at("drawing").at("actions")).seconds(costs);
  Json all_seconds = Json::array(), all_saved = Json::array();
  double sum = 0;
  bool always = !report.at("drawn").empty();
  for (const Json& drawn : report.at("drawn")) {
    const double wanted = kNearlyAsGood * number_or_nan(drawn.at("figures"), figure);
    const auto seconds =
        metrics::seconds_until(curve_of(report, order, drawn.at("seed"), figure, costs), wanted);
    const auto saved = metrics::labour_saved(seconds, drawing);
    all_seconds.push_back(optional_json(seconds));
    all_saved.push_back(optional_json(saved));
    if (saved) sum += *saved;
    always &= saved.has_value();
  }
  const double seeds = static_cast<double>(all_saved.size());
  return {{"figure", figure},
          {"order", order},
          {"factor", factor},
          {"drawing_seconds", drawing},
          {"seconds", std::move(all_seconds)},
          {"saved", std::move(all_saved)},
          {"mean_saved", always ? Json(sum / seeds) : Json()}};
}

const Json* find_claim(const Json& report, const char* figure, const std::string& order,
                       double factor) {
  for (const Json& claim : report.at("claims"))
    if (claim.at("figure") == figure && claim.at("order") == order && claim.at("factor") == factor)
      return &claim;
  return nullptr;
}

}  // namespace

Json simulation_claims(const Json& report) {
  Json claims = Json::array();
  for (const metrics::Picked& figure : simulation_figures()) {
    if (figure.info().better != metrics::Better::kHigher) continue;
    for (const std::string& order : metrics::review_order_names())
      for (const double factor : kFactors)
        claims.push_back(claim_of(report, order, figure.info().key, factor));
  }
  return claims;
}

std::string simulation_verdict(const Json& report) {
  const metrics::FigureInfo& figure = simulation_figures().front().info();
  const Json* ours = find_claim(report, figure.key, "ours", 1);
  const Json* random = find_claim(report, figure.key, "random", 1);
  if (!ours || !random || ours->at("seconds").empty()) return "";
  constexpr double kNever = std::numeric_limits<double>::infinity();
  const auto seconds = [](const Json& value) {
    return value.is_number() ? value.get<double>() : kNever;
  };
  int sooner = 0, later = 0;
  const size_t seeds = ours->at("seconds").size();
  for (size_t i = 0; i < seeds; ++i) {
    const double a = seconds(ours->at("seconds")[i]), b = seconds(random->at("seconds")[i]);
    sooner += a < b;
    later += b < a;
  }
  return fmt::format(
      "Until {:.0f} % of the {} that all boxes drawn bring, ours took less time than a random "
      "order "
      "with {} of {} seeds, and more with {}{}",
      100 * kNearlyAsGood, figure.name, sooner, seeds, later,
      sooner > later ? "." : ": ours is NOT better than random here.");
}

}  // namespace paucal::pipeline
