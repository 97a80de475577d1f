#pragma once
// Parts between NG ones, for defects so rare that a share of a batch says nothing.

#include <cstdint>

#include "base/options.h"

namespace paucal::quality {

struct GChartOptions {
  double usual = 0.005;
  int events = 4;
  double false_alarms = 0.0027;

  template <class V>
  void visit(V& v) {
    v(usual, "usual", "share of NG parts in a period that was declared good", Range{0, 0.5});
    v(events, "events", "NG parts that make one point: more find smaller rises, later",
      Range{1, 100});
    v(false_alarms, "false_alarms", "share of points that alarm without a change, both sides",
      Range{1e-6, 0.5});
  }
};

enum class GSignal { kNone, kMore, kFewer };

// The g-chart (Kaminsky et al., Journal of Quality Technology 1992) on every r-th event (Bourke,
// ibid. 1991), with exact limits from the negative binomial instead of ḡ ± 3 √(ḡ(ḡ+1)), whose lower
// one is negative. One point is the number of parts up to its r-th NG part.
// Not promised: that r = 1 can find a rise: at .5 % no gap is short enough (lower() is 0).
class GChart {
 public:
  explicit GChart(const GChartOptions& options = {});  // throws Error: options out of bounds
  GSignal add(bool ng);

  int64_t lower() const { return lower_; }  // a point of so many parts or fewer: kMore; 0: none
  int64_t upper() const { return upper_; }  // one of more: kFewer, told as soon as it is passed
  double false_alarms() const;              // of a point, exactly: at most what was asked

 private:
  double usual_;
  int events_;
  int64_t lower_ = 0, upper_ = 0;
  int64_t parts_ = 0;
  int ng_ = 0;
};

}  // namespace paucal::quality
