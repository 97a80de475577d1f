#include "loop/rates.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace paucal::loop {
namespace {

using review::Database;

Json rate_json(const quality::ShareEstimate& rate) {
  return {{"estimate", std::isnan(rate.estimate) ? Json() : Json(rate.estimate)},
          {"low", rate.bounds.low},
          {"high", rate.bounds.high}};
}

// Parts of one stratum and π, and what people said of those that measure.
quality::LineStratum stratum_of(Database& database, const std::string& model,
                                const std::string& stratum, double pi, int64_t parts) {
  auto row = database.query(
      "SELECT count(*), coalesce(sum(verdict = 'NG'), 0) FROM loop_image JOIN image_state "
      "USING(image_id) WHERE model_sha256 = ? AND stratum = ? AND pi = ? AND audit > 0 AND status "
      "= 'done' AND verdict IS NOT NULL",
      model, stratum, pi);
  row.step();
  return {stratum == "ng", parts, std::min(parts, row.integer(0)), row.integer(1)};
}

int64_t looks_for_ten_percent(const LineFigures& figures, int64_t said_ng) {
  const double said_ok = 1 - static_cast<double>(said_ng) / static_cast<double>(figures.parts);
  const double caught = static_cast<double>(said_ng) / static_cast<double>(figures.parts) *
                        (figures.seen_ng > 0 && !std::isnan(figures.rates.overkill.estimate)
                             ? 1 - figures.rates.overkill.estimate
                             : 1);
  if (!(caught > 0 && caught < 1 && said_ok > 0 && said_ok < 1)) return 0;
  return quality::looks_for_escape(.1, caught, said_ok);
}

}  // namespace

Json to_json(const LineFigures& figures) {
  return {{"model_sha256", figures.model_sha256},
          {"parts", figures.parts},
          {"not_covered", figures.not_covered},
          {"seen_ok", figures.seen_ok},
          {"seen_ng", figures.seen_ng},
          {"looks_for_escape_of_10_percent", figures.looks_for_10},
          {"prevalence", rate_json(figures.rates.prevalence)},
          {"escape", rate_json(figures.rates.escape)},
          {"overkill", rate_json(figures.rates.overkill)}};
}

std::optional<LineFigures> line_figures(Database& database) {
  const auto model = database.text("SELECT model_sha256 FROM loop_stream ORDER BY at DESC LIMIT 1");
  if (!model) return std::nullopt;
  LineFigures figures{.model_sha256 = *model};
  std::vector<quality::LineStratum> strata;
  int64_t said_ng = 0;
  for (auto rows = database.query("SELECT stratum, pi, sum(parts) FROM loop_stratum WHERE "
                                  "model_sha256 = ? GROUP BY stratum, pi ORDER BY stratum, pi",
                                  *model);
       rows.step();) {
    const int64_t parts = rows.integer(2);
    if (rows.real(1) <= 0) {
      figures.not_covered += parts;
      continue;
    }
    strata.push_back(stratum_of(database, *model, rows.text(0), rows.real(1), parts));
    figures.parts += parts;
    (strata.back().said_ng ? figures.seen_ng : figures.seen_ok) += strata.back().seen;
    if (strata.back().said_ng) said_ng += parts;
  }
  if (strata.empty()) return std::nullopt;
  figures.rates = quality::line_rates(strata);
  figures.looks_for_10 = looks_for_ten_percent(figures, said_ng);
  return figures;
}

}  // namespace paucal::loop
