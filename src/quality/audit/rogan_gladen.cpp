#include "quality/audit/rogan_gladen.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "quality/special.h"

namespace paucal::quality {
namespace {

double part_of(int64_t some, int64_t all, const char* what) {
  if (some < 0 || some > all)
    fail("rogan-gladen", "{}: {} of {}, expected 0 to all", what, some, all);
  return all ? static_cast<double>(some) / static_cast<double>(all)
             : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

TrueShare rogan_gladen(int64_t called_ng, int64_t seen, const ReaderErrors& reader, double level) {
  if (!(level > 0 && level < 1)) fail("rogan-gladen", "level {}, expected between 0 and 1", level);
  const double p = part_of(called_ng, seen, "called NG"),
               se = part_of(reader.ng_found, reader.ng, "NG found"),
               sp = part_of(reader.ok_kept, reader.ok, "OK kept");
  TrueShare result;
  const double youden = se + sp - 1;
  result.estimate = youden > 0 ? std::clamp((p + sp - 1) / youden, 0.0, 1.0)
                               : std::numeric_limits<double>::quiet_NaN();
  if (!std::isfinite(result.estimate)) return result;

  const double z = normal_quantile(0.5 + level / 2), z2 = z * z;
  const double n = static_cast<double>(seen) + z2, n_se = static_cast<double>(reader.ng) + 2,
               n_sp = static_cast<double>(reader.ok) + 2;
  const double p1 = (static_cast<double>(called_ng) + z2 / 2) / n,
               se1 = (static_cast<double>(reader.ng_found) + 1) / n_se,
               sp1 = (static_cast<double>(reader.ok_kept) + 1) / n_sp;
  const double youden1 = se1 + sp1 - 1;
  if (youden1 <= 0) return result;
  const double prevalence = (p1 + sp1 - 1) / youden1;
  const double of_se = se1 * (1 - se1) / n_se, of_sp = sp1 * (1 - sp1) / n_sp;
  const double shift = 2 * z2 * (prevalence * of_se - (1 - prevalence) * of_sp);
  const double error = std::sqrt(p1 * (1 - p1) / n + prevalence * prevalence * of_se +
                                 (1 - prevalence) * (1 - prevalence) * of_sp) /
                       youden1;
  result.bounds = {std::clamp(prevalence + shift - z * error, 0.0, 1.0),
                   std::clamp(prevalence + shift + z * error, 0.0, 1.0)};
  return result;
}

}  // namespace paucal::quality
