#include "judge/acceptance.h"

#include <algorithm>
#include <cmath>

#include "quality/intervals.h"

namespace paucal::judge {
namespace {

constexpr double kTwoSided = 0.9;  // whose lower end is a one-sided bound of 95 %

}  // namespace

Json Acceptance::to_json() const {
  return {{"precision", precision},
          {"evidence", std::isfinite(evidence) ? Json(evidence) : Json()},
          {"judged", judged},
          {"right", right},
          {"at_least", at_least}};
}

Acceptance choose_acceptance(std::vector<JudgedBox> boxes, double precision) {
  std::ranges::stable_sort(boxes, std::greater(), &JudgedBox::evidence);
  Acceptance best{.precision = precision};
  int64_t right = 0;
  for (size_t i = 0; i < boxes.size(); ++i) {
    right += boxes[i].right;
    if (i + 1 < boxes.size() && boxes[i + 1].evidence == boxes[i].evidence) continue;
    const auto count = static_cast<int64_t>(i + 1);
    const double low = quality::clopper_pearson(right, count, kTwoSided).low;
    if (low < precision) continue;
    best.evidence = boxes[i].evidence;
    best.judged = count;
    best.right = right;
    best.at_least = low;
  }
  return best;
}

}  // namespace paucal::judge
