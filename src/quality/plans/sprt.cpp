#include "quality/plans/sprt.h"

#include <cmath>

#include "base/error.h"

namespace paucal::quality {

Sprt::Sprt(const SprtOptions& o) {
  if (!(o.good > 0 && o.good < o.bad && o.bad < 1))
    fail("sprt", "good {}, bad {}, expected 0 < good < bad < 1", o.good, o.bad);
  for (const double risk : {o.producer, o.consumer})
    if (!(risk > 0 && risk <= 0.5)) fail("sprt", "risk {}, expected above 0 and up to .5", risk);
  step_bad_ = std::log(o.bad / o.good);
  step_ok_ = std::log((1 - o.bad) / (1 - o.good));
  low_ = std::log(o.consumer / (1 - o.producer));
  high_ = std::log((1 - o.consumer) / o.producer);
}

SprtVerdict Sprt::add(bool is_bad) {
  if (verdict_ != SprtVerdict::kGoOn) return verdict_;
  ++seen_;
  bad_ += is_bad;
  const double ratio =
      static_cast<double>(bad_) * step_bad_ + static_cast<double>(seen_ - bad_) * step_ok_;
  if (ratio <= low_) verdict_ = SprtVerdict::kAccept;
  if (ratio >= high_) verdict_ = SprtVerdict::kReject;
  return verdict_;
}

double Sprt::accept_line(int64_t n) const {
  return (low_ - static_cast<double>(n) * step_ok_) / (step_bad_ - step_ok_);
}

double Sprt::reject_line(int64_t n) const {
  return (high_ - static_cast<double>(n) * step_ok_) / (step_bad_ - step_ok_);
}

}  // namespace paucal::quality
