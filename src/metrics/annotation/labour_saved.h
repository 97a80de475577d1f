#pragma once
// How much of the work of drawing every box is saved.

#include <optional>
#include <span>

namespace paucal::metrics {

// After so many seconds of work a model is so good; more is better.
struct LabourPoint {
  double seconds = 0;
  double quality = 0;
};

// The seconds of the first point, in the order given, whose quality is at least `wanted`; no
// interpolation between points. Nothing where none is that good; NaN is not.
std::optional<double> seconds_until(std::span<const LabourPoint> points, double wanted);

// 1 - seconds / drawing: .9 is a tenth of the work; below 0 it took longer. Nothing where `seconds`
// is nothing, or drawing takes none.
std::optional<double> labour_saved(std::optional<double> seconds, double drawing);

}  // namespace paucal::metrics
