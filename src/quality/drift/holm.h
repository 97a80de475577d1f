#pragma once
// Several tests at once, and one share of false alarms for all of them.

#include <span>
#include <vector>

namespace paucal::quality {

// Holm (Scandinavian Journal of Statistics 1979): p-values that are compared with alpha as they
// are. With p ≤ alpha called an alarm, none is false in at least 1 - alpha of the cases, however
// the tests depend on each other. Same order as given. Throws Error: p outside [0, 1].
std::vector<double> holm(std::span<const double> p_values);

}  // namespace paucal::quality
