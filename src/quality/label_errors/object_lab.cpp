#include "quality/label_errors/object_lab.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace paucal::quality {
namespace {

struct Similarity {
  double weight, reach_pixels, least;

  double operator()(const edge::Box& a, const edge::Box& b) const {
    const double dx = (static_cast<double>(a.x0) + a.x1 - b.x0 - b.x1) / 2,
                 dy = (static_cast<double>(a.y0) + a.y1 - b.y0 - b.y1) / 2;
    return weight * edge::iou(a, b) + (1 - weight) * std::exp(-std::hypot(dx, dy) / reach_pixels);
  }
};

void check_box(const edge::Box& b) {
  for (const float v : {b.x0, b.y0, b.x1, b.y1})
    if (!std::isfinite(v)) fail("object lab", "a box with side {}, expected finite ones", v);
}

// Σ x w / Σ w with w = e^{(1-x)/T}; 1 where nothing was scored.
double soft_minimum(std::span<const double> scores, double temperature) {
  double sum = 0, weights = 0;
  for (const double x : scores) {
    const double w = std::exp((1 - x) / temperature);
    sum += x * w;
    weights += w;
  }
  return weights > 0 ? sum / weights : 1;
}

}  // namespace

ObjectLabScores object_lab(std::span<const DrawnBox> drawn,
                           std::span<const edge::ScoredBox> predictions, double width,
                           double height, const ObjectLabOptions& options) {
  if (!(width > 0 && height > 0))
    fail("object lab", "an image of {} × {} pixels, expected at least 1 × 1", width, height);
  for (const DrawnBox& d : drawn) check_box(d.box);
  for (const auto& p : predictions) check_box(p.box);
  const Similarity similarity{
      options.overlap_weight, std::max(1e-9, options.reach * std::hypot(width, height)),
      (1 - options.overlap_weight) * std::exp(-1 / std::max(1e-3, options.reach))};
  ObjectLabScores scores;
  scores.overlooked.assign(predictions.size(), 1);
  scores.misplaced.assign(drawn.size(), 1);
  scores.swapped.assign(drawn.size(), 1);

  std::vector<double> counted;  // overlooked of those that could be
  for (size_t i = 0; i < predictions.size(); ++i) {
    const auto& p = predictions[i];
    if (p.score < options.sure) continue;
    if (std::ranges::any_of(drawn, [&](const DrawnBox& d) { return edge::iou(d.box, p.box) > 0; }))
      continue;
    double nearest = -1;
    for (const DrawnBox& d : drawn)
      if (d.label == p.label) nearest = std::max(nearest, similarity(d.box, p.box));
    scores.overlooked[i] =
        nearest >= 0 ? nearest : similarity.least * (1 - static_cast<double>(p.score));
    counted.push_back(scores.overlooked[i]);
  }
  for (size_t i = 0; i < drawn.size(); ++i) {
    double best = -1;
    for (const auto& p : predictions) {
      const double s = similarity(drawn[i].box, p.box);
      if (p.label != drawn[i].label && p.score > options.sure)
        scores.swapped[i] = std::min(scores.swapped[i], 1 - s);
      if (p.label == drawn[i].label && p.score > options.likely &&
          edge::iou(drawn[i].box, p.box) > 0)
        best = std::max(best, s);
    }
    if (best >= 0) scores.misplaced[i] = best;
  }
  const double t = std::max(1e-3, options.temperature);
  scores.image = std::cbrt(std::max(0.0, soft_minimum(counted, t)) *
                           std::max(0.0, soft_minimum(scores.misplaced, t)) *
                           std::max(0.0, soft_minimum(scores.swapped, t)));
  return scores;
}

}  // namespace paucal::quality
