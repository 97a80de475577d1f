#pragma once
// Single sampling plans in the manner of ISO 2859-1 (ANSI/ASQ Z1.4): from the size of a lot and the
// acceptance quality limit (AQL) to a plan, and the rules by which a series of lots moves between
// normal and tightened inspection.
//
// The plans are computed: sample sizes are the standard's preferred numbers, and the acceptance
// number follows from how far the AQL lies from the one at which the letter's plan accepts no bad
// item. The rule gives the published plans that the tests name. Whoever signs a contract checks
// against a printed copy. Reduced inspection, double and multiple plans, and AQLs above 10 are not
// here.
//
// Not promised: an AQL is no promise about a lot. Show quality_accepted_with(plan, .1) beside it.

#include <cstdint>
#include <vector>

#include "quality/plans/single_plan.h"

namespace paucal::quality {

enum class InspectionLevel { kI = 1, kII = 2, kIII = 3 };
enum class Severity { kNormal, kTightened };

struct Iso2859Plan {
  char letter;      // of the plan that applies, after arrows
  SinglePlan plan;  // n is at most the lot: then all of it is looked at
};

// The AQLs, in percent of bad items: .010, .015, .025 … 6.5, 10.
const std::vector<double>& iso2859_aqls();

// `aql` in percent. Throws Error: a lot of fewer than 2 items, an AQL that is none of
// iso2859_aqls().
Iso2859Plan iso2859_plan(int64_t lot, InspectionLevel level, double aql,
                         Severity severity = Severity::kNormal);

// Normal inspection becomes tightened when 2 of at most 5 lots in a row were rejected, and normal
// again after 5 accepted ones in a row. With 5 rejected in all since tightening, inspection stops
// (clause 9.4): something has to be mended first.
class SwitchingRules {
 public:
  void add(bool accepted);
  Severity severity() const { return severity_; }
  bool stopped() const { return stopped_; }
  void resume();  // after mending: tightened, counts from nothing

 private:
  Severity severity_ = Severity::kNormal;
  bool stopped_ = false;
  std::vector<bool> last_;  // lots since the last switch, at most 5
  int accepted_in_row_ = 0;
  int rejected_ = 0;  // while tightened
};

}  // namespace paucal::quality
