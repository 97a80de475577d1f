#include "quality/drift/holm.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace paucal::quality {

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.size());
  double least = 0;  // p-values must not fall where the tests before did not
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const double p = p_values[order[rank]];
    if (!(p >= 0 && p <= 1)) fail("holm", "p-value {}, expected 0 to 1", p);
    least = std::max(least, std::min(1.0, p * static_cast<double>(order.size() - rank)));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

}  // namespace paucal::quality
