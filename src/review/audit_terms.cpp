// An audit as JSON: its terms, as the event holds them, and its status, as people and programs read
// it.

#include <cmath>

#include "base/error.h"
#include "review/audit.h"

namespace paucal::review {
namespace {

// Cut, not rounded: "at least 95.8 %" of .9589.
double percent_below(double share) {
  return std::floor(share * 1000 + 1e-9) / 10;
}

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json rate_json(const quality::ShareEstimate& rate) {
  return {{"estimate", number_or_null(rate.estimate)},
          {"low", rate.bounds.low},
          {"high", rate.bounds.high}};
}

Json counts_json(const AuditCounts& counts) {
  return {{"seen", counts.seen()},
          {"right", counts.right},
          {"wrong", counts.wrong},
          {"unsure", counts.unsure},
          {"disputed", counts.disputed}};
}

}  // namespace

Json AuditTerms::to_json() const {
  AuditOptions copy = options;
  Json list = Json::array();
  for (const Stratum& stratum : strata)
    list.push_back({{"name", stratum.name}, {"items", stratum.items}, {"drawn", stratum.drawn}});
  return {{"options", options_of(copy).to_json()},
          {"seed_was_given", seed_was_given},
          {"run", run},
          {"population", population},
          {"not_covered", not_covered},
          {"digest", digest},
          {"strata", std::move(list)}};
}

AuditTerms AuditTerms::from_json(const Json& json) {
  AuditTerms terms;
  try {
    options_of(terms.options).load_json(json.at("options"));
    terms.seed_was_given = json.at("seed_was_given");
    terms.run = json.at("run");
    terms.population = json.at("population");
    terms.not_covered = json.at("not_covered");
    terms.digest = json.at("digest");
    for (const Json& stratum : json.at("strata"))
      terms.strata.push_back({stratum.at("name"), stratum.at("items"), stratum.at("drawn")});
  } catch (const Json::exception& error) {
    fail("audit", "terms: {}", error.what());
  }
  return terms;
}

std::string AuditStatus::verdict() const {
  if (bounds().low >= terms.options.precision - 1e-12) return "holds";
  return bounds().high < terms.options.precision - 1e-12 ? "broken" : "undecided";
}

std::string AuditStatus::sentence() const {
  const char* what = terms.of_labels() ? "labels" : "verdicts";
  const double confidence = terms.options.confidence * 100;
  std::string text =
      all.seen() == 0
          ? fmt::format("nothing can be said of {} {} yet", terms.population, what)
          : fmt::format("at least {:.1f} % of {} {} are right ({:.3g} % confidence, at every look)",
                        percent_below(bounds().low), terms.population, what, confidence);
  text += fmt::format("; {} looked at, {} wrong", all.seen(), all.wrong);
  if (all.unsure > 0) text += fmt::format(", {} unsure", all.unsure);
  if (all.disputed > 0) text += fmt::format(", {} disputed", all.disputed);
  return text;
}

Json AuditStatus::to_json() const {
  Json list = Json::array();
  for (size_t h = 0; h < terms.strata.size(); ++h) {
    Json stratum = counts_json(strata[h]);
    stratum["name"] = terms.strata[h].name;
    stratum["items"] = terms.strata[h].items;
    stratum["drawn"] = terms.strata[h].drawn;
    stratum["pi"] = terms.strata[h].pi();
    list.push_back(std::move(stratum));
  }
  Json json = counts_json(all);
  json.update({{"id", id},
               {"name", name},
               {"of", terms.options.of},
               {"judge", terms.options.judge},
               {"state", closed_at ? "closed" : "open"},
               {"opened_at", opened_at},
               {"closed_at", closed_at ? Json(*closed_at) : Json()},
               {"queue", queue},
               {"population", terms.population},
               {"not_covered", terms.not_covered},
               {"digest", terms.digest},
               {"seed", terms.options.seed},
               {"seed_was_given", terms.seed_was_given},
               {"precision", terms.options.precision},
               {"confidence", terms.options.confidence},
               {"strata", std::move(list)},
               {"waiting", waiting},
               {"stuck", stuck},
               {"estimate_low", number_or_null(low.estimate)},
               {"estimate_high", number_or_null(high.estimate)},
               {"low", bounds().low},
               {"high", bounds().high},
               {"more_looks", more_looks ? Json(*more_looks) : Json()},
               {"verdict", verdict()},
               {"sentence", sentence()}});
  int64_t drawn = 0;
  for (const AuditTerms::Stratum& stratum : terms.strata) drawn += stratum.drawn;
  json["drawn"] = drawn;
  if (rates)
    json["line"] = {{"prevalence", rate_json(rates->prevalence)},
                    {"escape", rate_json(rates->escape)},
                    {"overkill", rate_json(rates->overkill)}};
  return json;
}

}  // namespace paucal::review
