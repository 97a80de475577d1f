#include "quality/audit/horvitz_thompson.h"

#include <cmath>

#include "base/error.h"

namespace paucal::quality {

WeightedEstimate horvitz_thompson(std::span<const DrawnItem> drawn) {
  WeightedEstimate e;
  for (const auto& [y, pi] : drawn) {
    if (!(pi > 0 && pi <= 1))
      fail("horvitz-thompson", "inclusion probability {}, expected above 0 and up to 1", pi);
    if (!std::isfinite(y)) fail("horvitz-thompson", "value {}, expected a finite one", y);
    e.total += y / pi;
    e.total_variance += (1 - pi) * y * y / (pi * pi);
    e.items += 1 / pi;
  }
  e.mean = e.total / e.items;
  for (const auto& [y, pi] : drawn)
    e.mean_variance += (1 - pi) * (y - e.mean) * (y - e.mean) / (pi * pi);
  e.mean_variance /= e.items * e.items;
  return e;
}

}  // namespace paucal::quality
