#include "quality/charts/g_chart.h"

#include "base/error.h"
#include "quality/special.h"

namespace paucal::quality {
namespace {

// P(more than t parts until the r-th NG one): fewer than r among t.
double longer_than(int64_t t, int events, double p) {
  return binomial_cdf(events - 1, t, p);
}

}  // namespace

GChart::GChart(const GChartOptions& o) : usual_(o.usual), events_(o.events) {
  if (!(o.usual > 0 && o.usual < 1) || o.events < 1 || !(o.false_alarms > 0 && o.false_alarms < 1))
    fail("g chart",
         "share {}, {} events, {} false alarms, expected shares in (0, 1), 1 event or more",
         o.usual, o.events, o.false_alarms);
  const double side = o.false_alarms / 2;
  // The most parts of which r NG come with probability `side` at most.
  int64_t low = o.events - 1, high = o.events;
  while (1 - longer_than(high, events_, usual_) <= side) high *= 2;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (1 - longer_than(middle, events_, usual_) <= side ? low : high) = middle;
  }
  lower_ = low >= o.events ? low : 0;
  while (longer_than(high, events_, usual_) > side) high *= 2;
  for (low = o.events - 1; high - low > 1;) {
    const int64_t middle = low + (high - low) / 2;
    (longer_than(middle, events_, usual_) <= side ? high : low) = middle;
  }
  upper_ = high;
}

GSignal GChart::add(bool ng) {
  ++parts_;
  ng_ += ng;
  GSignal signal = GSignal::kNone;
  if (ng_ == events_ && parts_ <= lower_) signal = GSignal::kMore;
  if (ng_ < events_ && parts_ > upper_) signal = GSignal::kFewer;
  if (ng_ == events_ || signal != GSignal::kNone) parts_ = ng_ = 0;
  return signal;
}

double GChart::false_alarms() const {
  const double short_ones = lower_ ? 1 - longer_than(lower_, events_, usual_) : 0;
  return short_ones + longer_than(upper_ + 1, events_, usual_);
}

}  // namespace paucal::quality
