#include "quality/drift/psi.h"

#include <cmath>

#include "base/error.h"
#include "quality/special.h"

namespace paucal::quality {

Psi psi(std::span<const int64_t> expected, std::span<const int64_t> actual, double alpha) {
  if (expected.size() != actual.size())
    fail("psi", "rows of {} and {} counts, expected as many", expected.size(), actual.size());
  if (!(alpha > 0 && alpha < 1)) fail("psi", "alpha {}, expected between 0 and 1", alpha);
  double n = 0, m = 0;
  int bins = 0;
  bool gap = false;
  for (size_t i = 0; i < expected.size(); ++i) {
    const int64_t e = expected[i], a = actual[i];
    if (e < 0 || a < 0) fail("psi", "a count below 0 in bin {}, expected 0 or more", i);
    n += static_cast<double>(e);
    m += static_cast<double>(a);
    bins += e + a > 0;
    gap = gap || (e + a > 0 && (e == 0 || a == 0));
  }
  if (n == 0 || m == 0) fail("psi", "{} and {} items, expected at least 1 each", n, m);
  Psi result;
  if (bins < 2) return result;
  const double extra = gap ? 0.5 : 0, more = extra * bins;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] + actual[i] == 0) continue;
    const double e = (static_cast<double>(expected[i]) + extra) / (n + more),
                 a = (static_cast<double>(actual[i]) + extra) / (m + more);
    result.value += (a - e) * std::log(a / e);
  }
  const double scale = 1 / n + 1 / m;
  result.limit = scale * chi_square_exceeded_by(alpha, bins - 1);
  result.p_value = chi_square_tail(result.value / scale, bins - 1);
  return result;
}

}  // namespace paucal::quality
