#include "quality/label_errors/margins.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace paucal::quality {

Margins::Margins(int64_t items) {
  if (items < 0) fail("margins", "{} items, expected at least 0", items);
  sums_.assign(static_cast<size_t>(items), 0);
  epochs_.assign(static_cast<size_t>(items), 0);
}

void Margins::add(int64_t item, std::span<const float> logits, int label) {
  if (item < 0 || item >= std::ssize(sums_))
    fail("margins", "item {}, expected 0 to {}", item, std::ssize(sums_) - 1);
  if (logits.size() < 2 || label < 0 || label >= std::ssize(logits))
    fail("margins", "label {} of {} logits, expected one of at least 2", label, logits.size());
  double other = -std::numeric_limits<double>::infinity();
  for (size_t c = 0; c < logits.size(); ++c)
    if (static_cast<int>(c) != label) other = std::max<double>(other, logits[c]);
  const double margin = logits[static_cast<size_t>(label)] - other;
  if (!std::isfinite(margin)) return;
  sums_[static_cast<size_t>(item)] += margin;
  ++epochs_[static_cast<size_t>(item)];
}

std::vector<double> Margins::means() const {
  std::vector<double> means(sums_.size());
  for (size_t i = 0; i < sums_.size(); ++i)
    means[i] = epochs_[i] ? sums_[i] / epochs_[i] : std::numeric_limits<double>::quiet_NaN();
  return means;
}

double margin_limit(std::span<const double> margins, double share) {
  if (!(share > 0 && share < 1)) fail("margins", "share {}, expected between 0 and 1", share);
  std::vector<double> sorted;
  for (const double m : margins)
    if (!std::isnan(m)) sorted.push_back(m);
  if (sorted.empty()) fail("margins", "0 margins of the fake class, expected at least 1");
  std::ranges::sort(sorted);
  const auto rank =
      static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size()) - 1e-9));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

}  // namespace paucal::quality
