#include "judge/box_calibration.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "edge/post/boxes.h"
#include "metrics/box_accuracy.h"
#include "metrics/localisation.h"

namespace paucal::judge {
namespace {

// The value below which half of the weight lies.
double weighted_median(std::vector<std::pair<double, double>> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  double half = 0;
  for (const auto& [value, weight] : values) half += weight / 2;
  for (const auto& [value, weight] : values)
    if ((half -= weight) <= 0) return value;
  return values.back().first;
}

metrics::ImageBoxes boxes_by(const edge::ModelCard& model, const KnownImage& image,
                             const edge::BoxRule& rule) {
  return {image.truths, boxes_at(model, image.heat, image.geometry, rule, 1)};
}

// F1 of boxes that are right by degrees: IoU, and how far from twice the limit the edges are off,
// half each. With a few boxes a count of right ones would jump from rule to rule.
double soft_f1(const edge::ModelCard& model, std::span<const KnownImage> images,
               const edge::BoxRule& rule) {
  constexpr double kFar = 2 * metrics::Localisation::kLimit;
  double right = 0, all = 0;
  for (const KnownImage& image : images) {
    const metrics::ImageBoxes pair = boxes_by(model, image, rule);
    if (image.somewhere) {
      const double found = pair.predictions.empty() ? 0 : 1;
      right += image.weight * found;
      all += image.weight * (1 + found);
      continue;
    }
    all += image.weight * static_cast<double>(pair.truths.size() + pair.predictions.size());
    for (const auto& match : metrics::match_boxes(pair)) {
      const edge::Box& truth = pair.truths[static_cast<size_t>(match.truth)];
      const edge::Box& found = pair.predictions[static_cast<size_t>(match.prediction)].box;
      right +=
          image.weight * (edge::iou(truth, found) + std::max(0., 1 - match.edge_error / kFar)) / 2;
    }
  }
  return all > 0 ? 2 * right / all : 0;
}

}  // namespace

KnownImage known_image(const edge::ModelCard& model, const RawPrediction& raw, size_t channel,
                       std::vector<edge::Box> truths) {
  return {heat_of_channel(model, raw, channel), raw.geometry, raw.boxes, std::move(truths)};
}

ScoreChoice best_score(std::span<const KnownImage> images) {
  constexpr int kSteps = 100;
  if (images.empty()) return {};
  ScoreChoice best{.f1 = -1};
  std::vector<double> equal;
  for (int i = 1; i < kSteps; ++i) {
    const double score = static_cast<double>(i) / kSteps;
    std::vector<metrics::ImageBoxes> shown;
    for (const KnownImage& image : images) {
      auto& pair = shown.emplace_back(metrics::ImageBoxes{image.truths, {}});
      std::ranges::copy_if(image.found, std::back_inserter(pair.predictions),
                           [&](const auto& box) { return box.score >= score; });
    }
    const double f1 = metrics::box_f1(shown);
    if (f1 > best.f1) equal.clear();
    best.f1 = std::max(best.f1, f1);
    if (f1 == best.f1) equal.push_back(score);
  }
  best.score = equal[equal.size() / 2];
  return best;
}

RuleChoice best_rule(const edge::ModelCard& model, std::span<const KnownImage> images) {
  constexpr double kNothing = 0.01, kPeakStep = 0.05;
  RuleChoice best;
  const auto try_rule = [&](const edge::BoxRule& rule) {
    const double f1 = soft_f1(model, images, rule);
    if (f1 > best.f1) best = {rule, f1};
  };
  for (int i = 1; i <= 32 && !images.empty(); ++i) {
    edge::BoxRule rule{.heat = .05 * i};
    rule.shrink = typical_excess(model, images, rule).cells;
    for (int above = 0; above <= 4; ++above) {
      rule.peak = rule.heat + .2 * above;
      try_rule(rule);
    }
  }
  // Pasted defects are plainer than real ones, and skip less: the lowest peak and the widest gap
  // that cost next to nothing.
  for (double peak = best.rule.heat; peak < best.rule.peak - kPeakStep / 2; peak += kPeakStep) {
    edge::BoxRule rule = best.rule;
    rule.peak = peak;
    const double f1 = soft_f1(model, images, rule);
    if (f1 <= best.f1 - kNothing) continue;
    best = {rule, f1};
    break;
  }
  const RuleChoice apart = best;
  for (const double join : {1, 2, 4, 8, 16}) {
    edge::BoxRule rule = apart.rule;
    rule.join = join;
    const double f1 = soft_f1(model, images, rule);
    if (f1 > apart.f1 - kNothing) best = {rule, std::max(best.f1, f1)};
  }
  return best;
}

Excess typical_excess(const edge::ModelCard& model, std::span<const KnownImage> images,
                      const edge::BoxRule& rule) {
  edge::BoxRule whole = rule;
  whole.shrink = 0;
  std::vector<std::pair<double, double>> sides;  // excess and weight
  for (const KnownImage& image : images) {
    const metrics::ImageBoxes pair = boxes_by(model, image, whole);
    const double cell = std::sqrt(image.geometry.area_scale());
    for (const auto& match : metrics::match_boxes(pair)) {
      const edge::Box& truth = pair.truths[static_cast<size_t>(match.truth)];
      const edge::Box& found = pair.predictions[static_cast<size_t>(match.prediction)].box;
      for (const float outside :
           {truth.x0 - found.x0, truth.y0 - found.y0, found.x1 - truth.x1, found.y1 - truth.y1})
        sides.emplace_back(outside / cell, image.weight);
    }
  }
  const auto boxes = static_cast<int>(sides.size() / 4);
  return {std::max(0., weighted_median(std::move(sides))), boxes};
}

}  // namespace paucal::judge
