#include "metrics/annotation/review_order.h"

#include <algorithm>
#include <numeric>

#include "base/options.h"
#include "base/random.h"

namespace paucal::metrics {
namespace {

constexpr uint64_t kOrderStream = 0x6f726465;  // "orde"
constexpr double kSidesOfAWrongBox = 2;

double missing(const ReviewCandidate& candidate) {
  double none_is_right = 1;
  for (const double evidence : candidate.evidence) none_is_right *= 1 - evidence;
  return 1 - candidate.probability * (1 - none_is_right);
}

double least_evidence(const ReviewCandidate& candidate) {
  return candidate.evidence.empty() ? -1 : std::ranges::min(candidate.evidence);
}

}  // namespace

const std::vector<std::string>& review_order_names() {
  static const std::vector<std::string> names = {"random", "least_sure", "ours"};
  return names;
}

double expected_gain(const ReviewCandidate& candidate, double min_evidence) {
  double gain = missing(candidate);
  for (const double evidence : candidate.evidence)
    gain += evidence >= min_evidence ? 1 - evidence : (1 + evidence) / 2;
  return gain;
}

double expected_seconds(const ReviewCandidate& candidate, const ActionCosts& costs) {
  double seconds = costs.open + missing(candidate) * costs.draw;
  for (const double evidence : candidate.evidence)
    seconds += costs.accept + (1 - evidence) * kSidesOfAWrongBox * costs.move_side;
  return seconds;
}

std::vector<size_t> review_order(const std::string& name,
                                 std::span<const ReviewCandidate> candidates,
                                 const ReviewOrderOptions& options) {
  std::vector<size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (name == "random")
    Random(options.seed, kOrderStream).shuffle(order);
  else if (name == "least_sure")
    std::ranges::stable_sort(order, {}, [&](size_t i) { return least_evidence(candidates[i]); });
  else if (name == "ours")
    std::ranges::stable_sort(order, std::greater(), [&](size_t i) {
      return expected_gain(candidates[i], options.min_evidence) /
             expected_seconds(candidates[i], options.costs);
    });
  else
    fail_unknown("review", "order", name, review_order_names());
  return order;
}

}  // namespace paucal::metrics
