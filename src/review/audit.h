#pragma once
// An audit: a random sample of labels, or of what a model said unseen, is read blind by people who
// did not see it, and a promise follows: "at least 95.8 % of 1240 labels are right".
//
// `audit open` fixes terms, population (its digest), seed and order in an event, and makes a shadow
// of each drawn image in a queue of the audit's own. `audit close` fixes the result in another.
// Both tables follow from these events; check() makes population, draw and result anew. An audit
// cannot be changed, drawn again or taken back; opening another one leaves its trace.
//
// Counted is the beginning of the order up to the first image that is still open: which one
// somebody reads first may depend on how hard it is, and the order must not. So the bounds hold
// however often anybody looks at them, and when the audit is closed.

#include <optional>
#include <string>
#include <vector>

#include "quality/audit/line_rates.h"
#include "quality/audit/strata.h"
#include "review/audit_plan.h"
#include "review/honeypots.h"
#include "review/refusal.h"

namespace paucal::review {

// What was fixed when it was opened.
struct AuditTerms {
  AuditOptions options;
  bool seed_was_given = false;
  int64_t run = 0, population = 0, not_covered = 0;
  std::string digest = {};  // of the population
  struct Stratum {
    std::string name;
    int64_t items = 0, drawn = 0;
    double pi() const { return static_cast<double>(drawn) / static_cast<double>(items); }
  };
  std::vector<Stratum> strata = {};

  bool of_labels() const { return options.of == "labels"; }
  bool of_objects() const { return of_labels() && options.judge == "objects"; }
  Json to_json() const;
  static AuditTerms from_json(const Json& json);  // throws Error
};

// Of the counted looks. Unsure: the reader could not tell. Disputed: label and reading differ, and
// no arbiter has decided. Both count as wrong in the lower bound and as right in the upper one.
struct AuditCounts {
  int64_t right = 0, wrong = 0, unsure = 0, disputed = 0;
  int64_t called_ng = 0;  // by the reader, as far as sure
  int64_t seen() const { return right + wrong + unsure + disputed; }
};

struct AuditStatus {
  int64_t id = 0;
  std::string name;
  AuditTerms terms;
  int64_t queue = 0, opened_at = 0;
  std::optional<int64_t> closed_at = {};
  std::vector<AuditCounts> strata;
  AuditCounts all = {};
  int64_t waiting = 0;               // read already, behind one that is open
  bool stuck = false;                // nobody who may review could still read the first open one
  quality::ShareEstimate low, high;  // the doubtful ones wrong, and right
  std::optional<int64_t> more_looks = {};   // all right, until the promise holds; 0: it does
  HoneypotFigures readers = {};             // of those who read for it, so far
  std::optional<quality::LineRates> rates;  // of `images` in strata

  quality::Interval bounds() const { return {low.bounds.low, high.bounds.high}; }
  // holds: the lower bound reaches the precision; broken: the upper one does not; undecided.
  std::string verdict() const;
  // "at least 95.8 % of 1240 labels are right (95 % confidence, at every look); 200 …".
  std::string sentence() const;
  Json to_json() const;  // without `readers`, which go on after the audit
};

// The share of right ones by the counts of each stratum, the doubtful ones right or wrong, with
// `more` looks of each that are right.
quality::ShareEstimate audited_share(const AuditTerms& terms, std::span<const AuditCounts> strata,
                                     bool doubtful_right, std::span<const int64_t> more = {});

// In the transaction of a writer; `by`: 0 for the command line.
std::variant<AuditStatus, Refusal> open_audit(Database& database, const Moment& moment, int64_t by,
                                              const AuditOptions& options);
// Whatever it shows by then. Its open images leave the queue.
std::variant<AuditStatus, Refusal> close_audit(Database& database, const Moment& moment, int64_t by,
                                               int64_t audit);

std::vector<AuditStatus> audit_list(Database& database);  // by id
std::optional<AuditStatus> audit_status(Database& database, int64_t audit);
// By its name; empty: the last one.
std::variant<AuditStatus, Refusal> find_audit(Database& database, std::string_view name);

// What follows from the events of an audit: `what` is the member "audit" of their `after`.
void follow_audit(Database& database, const Event& event, const Json& what);
// Whether the event says what the store, as it was then, gives: before follow_audit() of the same
// event. Why not; empty: it does.
std::string audit_problem(Database& database, const Event& event);

// Whether a reading speaks against the label that it audits.
bool audit_disputes(Database& database, int64_t shadow, const Decision& label,
                    const Decision& reading);
// Readings stay as they are once their audit is closed.
std::optional<Refusal> refuse_closed_audit(Database& database, int64_t image);

}  // namespace paucal::review
