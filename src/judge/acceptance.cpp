#include "judge/acceptance.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "quality/intervals.h"

namespace paucal::judge {
namespace {

constexpr double kTwoSided = 0.9;  // whose lower end is a one-sided bound of 95 %
constexpr double kMiss = 0.05;     // 1 - its confidence
constexpr int kCuts = 10;

// The boxes so far, image by image.
class Tally {
 public:
  void add(const JudgedBox& box) {
    auto& [right, all] = images_[box.image];
    right += box.right;
    ++all;
    right_ += box.right;
    ++boxes_;
  }
  int64_t images() const { return std::ssize(images_); }
  int64_t boxes() const { return boxes_; }
  int64_t right() const { return right_; }
  // An image counts by the share of its boxes that are right, and their sum is rounded down.
  double at_least() const {
    double sum = 0;
    for (const auto& [image, counts] : images_)
      sum += static_cast<double>(counts.first) / static_cast<double>(counts.second);
    const auto whole = static_cast<int64_t>(std::floor(sum + 1e-9));
    return quality::clopper_pearson(whole, images(), kTwoSided).low;
  }

 private:
  std::map<int, std::pair<int64_t, int64_t>> images_;  // right boxes, all boxes
  int64_t right_ = 0, boxes_ = 0;
};

// So many images, all right, are the fewest that keep the promise.
int64_t fewest_images(double precision) {
  if (precision <= 0) return 1;
  if (precision >= 1) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::ceil(std::log(kMiss) / std::log(precision)));
}

int64_t count_images(const std::vector<JudgedBox>& boxes) {
  Tally all;
  for (const JudgedBox& box : boxes) all.add(box);
  return all.images();
}

}  // namespace

Json Acceptance::to_json() const {
  return {{"precision", precision}, {"evidence", std::isfinite(evidence) ? Json(evidence) : Json()},
          {"judged", judged},       {"right", right},
          {"images", images},       {"at_least", at_least}};
}

Acceptance choose_acceptance(std::vector<JudgedBox> boxes, double precision) {
  std::ranges::stable_sort(boxes, std::greater(), &JudgedBox::evidence);
  Acceptance best{.precision = precision};
  const int64_t all = count_images(boxes), fewest = fewest_images(precision);
  if (all < fewest) return best;
  Tally tally;
  int cut = 1;
  for (size_t i = 0; i < boxes.size() && cut <= kCuts; ++i) {
    tally.add(boxes[i]);
    if (i + 1 < boxes.size() && boxes[i + 1].evidence == boxes[i].evidence) continue;
    if (i + 1 < boxes.size() && tally.images() < fewest + (all - fewest) * cut / kCuts) continue;
    const double low = tally.at_least();
    if (low < precision) break;
    best.evidence = boxes[i].evidence;
    best.judged = tally.boxes();
    best.right = tally.right();
    best.images = tally.images();
    best.at_least = low;
    while (cut <= kCuts && tally.images() >= fewest + (all - fewest) * cut / kCuts) ++cut;
  }
  return best;
}

}  // namespace paucal::judge
