#include "quality/charts/laney_p.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kLaneyPlace = "laney p chart";
constexpr double kRangeToSigma = 1.128;  // d₂ of 2

double binomial_sigma(double p, int64_t parts) {
  return std::sqrt(p * (1 - p) / static_cast<double>(parts));
}

}  // namespace

LaneyP laney_p(std::span<const BatchCount> baseline) {
  if (baseline.size() < 2)
    fail(kLaneyPlace, "{} batches in the baseline, expected at least 2", baseline.size());
  double parts = 0, ng = 0;
  for (const BatchCount& b : baseline) {
    if (b.parts < 1 || b.ng < 0 || b.ng > b.parts)
      fail(kLaneyPlace, "{} NG of {} parts, expected 0 to all of at least 1", b.ng, b.parts);
    parts += static_cast<double>(b.parts);
    ng += static_cast<double>(b.ng);
  }
  if (ng == 0 || ng == parts)
    fail(kLaneyPlace, "{} NG of {} parts in the baseline, expected some of both", ng, parts);
  const double mean = ng / parts;
  double ranges = 0, before = 0;
  for (size_t i = 0; i < baseline.size(); ++i) {
    const auto& b = baseline[i];
    const double z = (static_cast<double>(b.ng) / static_cast<double>(b.parts) - mean) /
                     binomial_sigma(mean, b.parts);
    if (i > 0) ranges += std::abs(z - before);
    before = z;
  }
  return {mean, ranges / static_cast<double>(baseline.size() - 1) / kRangeToSigma};
}

Interval LaneyP::limits(int64_t parts, double width) const {
  if (parts < 1) fail(kLaneyPlace, "a batch of {} parts, expected at least 1", parts);
  const double half = width * binomial_sigma(mean, parts) * sigma_z;
  return {std::max(0.0, mean - half), std::min(1.0, mean + half)};
}

bool LaneyP::outside(const BatchCount& batch, double width) const {
  const Interval in = limits(batch.parts, width);
  const double p = static_cast<double>(batch.ng) / static_cast<double>(batch.parts);
  return p < in.low || p > in.high;
}

}  // namespace paucal::quality
