#include "metrics/annotation/labour_saved.h"

namespace paucal::metrics {

std::optional<double> seconds_until(std::span<const LabourPoint> points, double wanted) {
  for (const LabourPoint& point : points)
    if (point.quality >= wanted) return point.seconds;
  return std::nullopt;
}

std::optional<double> labour_saved(std::optional<double> seconds, double drawing) {
  if (!seconds || !(drawing > 0)) return std::nullopt;
  return 1 - *seconds / drawing;
}

}  // namespace paucal::metrics
