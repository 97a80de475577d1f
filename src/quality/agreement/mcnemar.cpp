#include "quality/agreement/mcnemar.h"

#include <algorithm>

#include "base/error.h"
#include "quality/special.h"

namespace paucal::quality {

McNemar mcnemar(const PairedVerdicts& v, double level) {
  if (!(level > 0 && level < 1)) fail("mcnemar", "level {}, expected between 0 and 1", level);
  if (v.items < 1 || v.only_first_wrong < 0 || v.only_second_wrong < 0 ||
      v.only_first_wrong > v.items - v.only_second_wrong)
    fail("mcnemar", "{} items, {} and {} wrong in one alone, expected no more than the items",
         v.items, v.only_first_wrong, v.only_second_wrong);
  const int64_t differ = v.only_first_wrong + v.only_second_wrong;
  const auto n = static_cast<double>(v.items);
  McNemar result;
  if (differ > 0)
    result.p_value = std::min(
        1.0, 2 * binomial_cdf(std::min(v.only_first_wrong, v.only_second_wrong), differ, 0.5));
  result.difference = static_cast<double>(v.only_second_wrong - v.only_first_wrong) / n;
  const double each = 1 - (1 - level) / 2;
  const Interval share = clopper_pearson(differ, v.items, each),
                 second = clopper_pearson(v.only_second_wrong, differ, each);
  // share · (2 second - 1): largest in size with the larger share.
  const auto end = [&](double part, bool upper) {
    const double balance = 2 * part - 1;
    return balance * ((balance > 0) == upper ? share.high : share.low);
  };
  result.bounds = {end(second.low, false), end(second.high, true)};
  return result;
}

}  // namespace paucal::quality
