#include "metrics/localisation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "metrics/hungarian.h"
#include "metrics/share.h"

namespace paucal::metrics {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr float kGateIou = .1f;

bool centre_inside(const edge::Box& box, const edge::Box& around) {
  const float x = (box.x0 + box.x1) / 2, y = (box.y0 + box.y1) / 2;
  return x >= around.x0 && x < around.x1 && y >= around.y0 && y < around.y1;
}

bool may_match(const edge::Box& truth, const edge::Box& prediction) {
  return iou(truth, prediction) >= kGateIou || centre_inside(prediction, truth);
}

bool finite(const edge::Box& box) {
  return std::isfinite(box.x0) && std::isfinite(box.y0) && std::isfinite(box.x1) &&
         std::isfinite(box.y1);
}

double mean(const std::vector<double>& values) {
  return share(std::accumulate(values.begin(), values.end(), 0.0),
               static_cast<double>(values.size()));
}

}  // namespace

void check_boxes(std::span<const ImageBoxes> images) {
  for (size_t i = 0; i < images.size(); ++i) {
    const auto text = [](const edge::Box& b) {
      return fmt::format("({}, {}, {}, {})", b.x0, b.y0, b.x1, b.y1);
    };
    for (const auto& truth : images[i].truths)
      if (!finite(truth) || truth.area() <= 0)
        fail("localisation", "image {}: truth {}, expected finite corners and an area", i,
             text(truth));
    for (const auto& prediction : images[i].predictions)
      if (!finite(prediction.box) || !std::isfinite(prediction.score))
        fail("localisation", "image {}: prediction {} of score {}, expected finite numbers", i,
             text(prediction.box), prediction.score);
    if (!images[i].truth_labels.empty() && images[i].truth_labels.size() != images[i].truths.size())
      fail("localisation", "image {}: {} truth labels, expected one a truth ({}) or none", i,
           images[i].truth_labels.size(), images[i].truths.size());
  }
}

double edge_error(const edge::Box& truth, const edge::Box& prediction) {
  return (std::abs(truth.x0 - prediction.x0) + std::abs(truth.y0 - prediction.y0) +
          std::abs(truth.x1 - prediction.x1) + std::abs(truth.y1 - prediction.y1)) /
         4.0;
}

double centre_error(const edge::Box& truth, const edge::Box& prediction) {
  return std::hypot(truth.x0 + truth.x1 - prediction.x0 - prediction.x1,
                    truth.y0 + truth.y1 - prediction.y0 - prediction.y1) /
         2.0;
}

std::vector<Match> match_boxes(const ImageBoxes& image) {
  const size_t n = image.truths.size(), m = image.predictions.size();
  if (n == 0 || m == 0) return {};
  CostMatrix cost(n, m, -1);  // -1: not possible
  double largest = 0;
  for (size_t t = 0; t < n; ++t)
    for (size_t p = 0; p < m; ++p)
      if (may_match(image.truths[t], image.predictions[p].box)) {
        cost.at(t, p) = edge_error(image.truths[t], image.predictions[p].box);
        largest = std::max(largest, cost.at(t, p));
      }
  // Dearer than any set of possible pairs, so that no possible pair is given up for a cheap one.
  const double impossible = 1 + largest * static_cast<double>(std::min(n, m));
  for (double& value : cost.values)
    if (value < 0) value = impossible;

  std::vector<Match> matches;
  const std::vector<int> prediction_of = assign(cost);
  for (size_t t = 0; t < n; ++t) {
    const int p = prediction_of[t];
    if (p < 0 || !may_match(image.truths[t], image.predictions[p].box)) continue;
    matches.push_back({static_cast<int>(t), p, cost.at(t, p),
                       centre_error(image.truths[t], image.predictions[p].box)});
  }
  return matches;
}

Localisation localisation(std::span<const ImageBoxes> images) {
  check_boxes(images);
  Localisation out;
  std::vector<double> centre_errors;
  int boxes_on_ok = 0;
  for (const auto& image : images) {
    ++out.images;
    const int predictions = static_cast<int>(image.predictions.size());
    if (image.truths.empty()) {
      ++out.ok_images;
      boxes_on_ok += predictions;
      continue;
    }
    const auto matches = match_boxes(image);
    const int matched = static_cast<int>(matches.size());
    const int truths = static_cast<int>(image.truths.size());
    out.truths += truths;
    out.missed += truths - matched;
    out.false_boxes += predictions - matched;
    for (const auto& match : matches) {
      out.edge_errors.push_back(match.edge_error);
      centre_errors.push_back(match.centre_error);
    }
  }
  std::sort(out.edge_errors.begin(), out.edge_errors.end());
  std::sort(centre_errors.begin(), centre_errors.end());
  const auto within = [&](const std::vector<double>& sorted) {
    const auto end = std::lower_bound(sorted.begin(), sorted.end(), Localisation::kLimit);
    return share(static_cast<double>(end - sorted.begin()), out.truths);
  };
  out.loc_at_3px = within(out.edge_errors);
  out.loc_at_3px_by_centre = within(centre_errors);
  out.false_boxes_per_ok_image = share(boxes_on_ok, out.ok_images);
  out.mean_edge_error = mean(out.edge_errors);
  out.median_edge_error = quantile(out.edge_errors, .5);
  out.p95_edge_error = quantile(out.edge_errors, .95);
  out.mean_centre_error = mean(centre_errors);
  out.median_centre_error = quantile(centre_errors, .5);
  out.p95_centre_error = quantile(centre_errors, .95);
  return out;
}

}  // namespace paucal::metrics
