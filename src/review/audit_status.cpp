// What the readings of an audit say by now.

#include <algorithm>

#include "base/error.h"
#include "base/json_text.h"
#include "review/audit.h"
#include "review/schema.h"

namespace paucal::review {
namespace {

enum class Outcome { kOpen, kRight, kWrong, kUnsure, kDisputed };

struct Look {
  int64_t image = 0, shadow = 0;
  int stratum = 0;
  std::string claim, verdict;  // verdict: of the reader
  Outcome outcome = Outcome::kOpen;
};

// A label that was spoken against stands or falls by what an arbiter made of it.
Outcome outcome_of_dispute(Database& database, const Look& look, bool objects) {
  const Decision now = load_decision(database, look.image);
  if (now.status != "done") return Outcome::kDisputed;
  return claim_holds(look.claim, now, objects) ? Outcome::kRight : Outcome::kWrong;
}

Outcome outcome_of(Database& database, const AuditTerms& terms, Look& look) {
  const Decision reading = load_decision(database, look.shadow);
  if (reading.status == "open") return Outcome::kOpen;
  if (reading.status != "done" || !reading.verdict) return Outcome::kUnsure;
  look.verdict = *reading.verdict;
  if (claim_holds(look.claim, reading, terms.of_objects())) return Outcome::kRight;
  return terms.of_labels() ? outcome_of_dispute(database, look, terms.of_objects())
                           : Outcome::kWrong;
}

std::vector<Look> load_looks(Database& database, int64_t audit) {
  std::vector<Look> looks;
  for (auto rows = database.query(
           "SELECT image_id, shadow_id, stratum, claim FROM audit_item WHERE audit_id = ? ORDER BY "
           "ord",
           audit);
       rows.step();)
    looks.push_back(
        {rows.integer(0), rows.integer(1), static_cast<int>(rows.integer(2)), rows.text(3), {}});
  return looks;
}

void count(const Look& look, AuditCounts& counts) {
  counts.right += look.outcome == Outcome::kRight;
  counts.wrong += look.outcome == Outcome::kWrong;
  counts.unsure += look.outcome == Outcome::kUnsure;
  counts.disputed += look.outcome == Outcome::kDisputed;
  counts.called_ng += look.verdict == "NG";
}

// How many of the looks from `next` on must be right until the promise holds.
std::optional<int64_t> looks_until_promise(const AuditStatus& status, std::span<const Look> rest) {
  const auto promised = [&](size_t looks) {
    std::vector<int64_t> more(status.strata.size(), 0);
    for (size_t i = 0; i < looks; ++i) ++more[static_cast<size_t>(rest[i].stratum)];
    return audited_share(status.terms, status.strata, /*doubtful_right=*/false, more).bounds.low >=
           status.terms.options.precision - 1e-12;
  };
  if (promised(0)) return 0;
  size_t low = 0, high = rest.size();
  if (!promised(high)) return std::nullopt;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    (promised(middle) ? high : low) = middle;
  }
  return static_cast<int64_t>(high);
}

void widen(quality::ShareEstimate& hull, const quality::ShareEstimate& other) {
  hull.bounds.low = std::min(hull.bounds.low, other.bounds.low);
  hull.bounds.high = std::max(hull.bounds.high, other.bounds.high);
}

// The rates are monotone in the NG that passed and in those that were caught, so the doubtful ones
// lie between the four corners.
std::optional<quality::LineRates> line_rates_of(const AuditStatus& status) {
  if (status.terms.of_labels() || status.terms.strata.size() < 2) return std::nullopt;
  std::optional<quality::LineRates> hull;
  for (const bool passed_are_ng : {false, true})
    for (const bool caught_are_ng : {false, true}) {
      std::vector<quality::LineStratum> strata;
      for (size_t h = 0; h < status.strata.size(); ++h) {
        const bool said_ng = status.terms.strata[h].name == "said NG";
        const AuditCounts& counts = status.strata[h];
        const int64_t doubtful =
            (said_ng ? caught_are_ng : passed_are_ng) ? counts.unsure + counts.disputed : 0;
        strata.push_back(
            {said_ng, status.terms.strata[h].items, counts.seen(), counts.called_ng + doubtful});
      }
      const quality::LineRates rates =
          quality::line_rates(strata, {.alpha = 1 - status.terms.options.confidence});
      if (!hull) {
        hull = rates;
        continue;
      }
      widen(hull->prevalence, rates.prevalence);
      widen(hull->escape, rates.escape);
      widen(hull->overkill, rates.overkill);
    }
  return hull;
}

// Everybody who may review has decided on the image itself.
bool nobody_could_read(Database& database, int64_t image) {
  return !database.integer(
      "SELECT 1 FROM user WHERE role <> 'viewer' AND disabled = 0 AND NOT EXISTS (SELECT 1 FROM "
      "event_image WHERE image_id = ? AND user_id = user.id) LIMIT 1",
      image);
}

void add_readers(Database& database, AuditStatus& status) {
  for (auto rows = database.query(
           "SELECT DISTINCT user_id FROM audit_item JOIN image_state ON image_state.image_id = "
           "shadow_id WHERE audit_id = ? AND status <> 'open'",
           status.id);
       rows.step();) {
    const HoneypotFigures one = honeypot_figures(database, rows.integer(0), INT64_MAX);
    status.readers.seen += one.seen;
    status.readers.agreed += one.agreed;
    status.readers.verdicts.ng += one.verdicts.ng;
    status.readers.verdicts.ng_found += one.verdicts.ng_found;
    status.readers.verdicts.ok += one.verdicts.ok;
    status.readers.verdicts.ok_kept += one.verdicts.ok_kept;
  }
}

}  // namespace

quality::ShareEstimate audited_share(const AuditTerms& terms, std::span<const AuditCounts> counts,
                                     bool doubtful_right, std::span<const int64_t> more) {
  std::vector<quality::AuditStratum> strata;
  for (size_t h = 0; h < counts.size(); ++h) {
    const int64_t further = more.empty() ? 0 : more[h];
    const int64_t doubtful = doubtful_right ? counts[h].unsure + counts[h].disputed : 0;
    strata.push_back(
        {terms.strata[h].items, counts[h].seen() + further, counts[h].right + doubtful + further});
  }
  return quality::stratified_share(strata, {.alpha = 1 - terms.options.confidence});
}

std::optional<AuditStatus> audit_status(Database& database, int64_t audit) {
  AuditStatus status;
  {
    auto row = database.query(
        "SELECT id, name, queue_id, terms, opened_at, closed_at FROM audit WHERE id = ?", audit);
    if (!row.step()) return std::nullopt;
    status.id = row.integer(0);
    status.name = row.text(1);
    status.queue = row.integer(2);
    status.terms = AuditTerms::from_json(value_or_throw(parse_json(row.text(3), "audit")));
    status.opened_at = row.integer(4);
    status.closed_at = row.maybe_integer(5);
  }
  std::vector<Look> looks = load_looks(database, audit);
  status.strata.resize(status.terms.strata.size());
  size_t counted = 0;
  bool counting = true;
  for (Look& look : looks) {
    if (look.stratum < 0 || static_cast<size_t>(look.stratum) >= status.strata.size())
      fail("audit", "image {}: stratum {}, expected 0 to {}", look.image, look.stratum,
           status.strata.size() - 1);
    look.outcome = outcome_of(database, status.terms, look);
    counting = counting && look.outcome != Outcome::kOpen;
    if (counting) {
      ++counted;
      count(look, status.strata[static_cast<size_t>(look.stratum)]);
      count(look, status.all);
    } else {
      status.waiting += look.outcome != Outcome::kOpen;
    }
  }
  status.low = audited_share(status.terms, status.strata, /*doubtful_right=*/false);
  status.high = audited_share(status.terms, status.strata, /*doubtful_right=*/true);
  status.more_looks =
      looks_until_promise(status, std::span(looks).subspan(std::min(counted, looks.size())));
  status.stuck = counted < looks.size() && !status.closed_at &&
                 nobody_could_read(database, looks[counted].image);
  status.rates = line_rates_of(status);
  add_readers(database, status);
  return status;
}

std::vector<AuditStatus> audit_list(Database& database) {
  std::vector<AuditStatus> list;
  if (!has_audits(database)) return list;
  for (auto rows = database.query("SELECT id FROM audit ORDER BY id"); rows.step();)
    list.push_back(*audit_status(database, rows.integer(0)));
  return list;
}

std::variant<AuditStatus, Refusal> find_audit(Database& database, std::string_view name) {
  std::optional<int64_t> id;
  if (has_audits(database))
    id = name.empty() ? database.integer("SELECT max(id) FROM audit")
                      : database.integer("SELECT id FROM audit WHERE name = ?", name);
  if (id) return *audit_status(database, *id);
  return name.empty() ? refusal(404, "unknown", "[audit] none was opened yet")
                      : refusal(404, "unknown", "[audit] '{}', expected one that was opened",
                                name.substr(0, 80));
}

}  // namespace paucal::review
