#pragma once
// How well predicted boxes say where the defects are. All lengths in pixels of the original image.
// A figure that has nothing to stand on (no truths, no matches) is NaN.

#include <span>
#include <vector>

#include "edge/image/image.h"

namespace paucal::metrics {

// One image whose truth is known. No truths means that it is OK, so leave out images that nobody
// annotated. `predictions` are what the tool would show: score thresholds are applied before.
struct ImageBoxes {
  std::vector<edge::Box> truths;
  std::vector<edge::ScoredBox> predictions;
  // One label a truth, for the figures that are averaged over classes (box_accuracy.h); empty on
  // all images: one class, and the labels of the predictions are ignored.
  std::vector<int> truth_labels = {};
};

// Throws Error on boxes or scores that are not finite, empty truths, or labels that do not fit.
void check_boxes(std::span<const ImageBoxes> images);

// Mean of |Δx0|, |Δy0|, |Δx1|, |Δy1|.
double edge_error(const edge::Box& truth, const edge::Box& prediction);
// Distance between the centres.
double centre_error(const edge::Box& truth, const edge::Box& prediction);

struct Match {
  int truth = 0;       // index into ImageBoxes::truths
  int prediction = 0;  // index into ImageBoxes::predictions
  double edge_error = 0;
  double centre_error = 0;
};

// One-to-one pairs, by truth. A pair is possible if IoU ≥ .1 or the centre of the prediction lies
// inside the truth; of the possible pairs as many as can be, then of least total edge error.
std::vector<Match> match_boxes(const ImageBoxes& image);

// "Located within 3 px" means: matched, and mean edge error < 3 px. The same share by centre
// error stands beside it. A missed truth counts as a failure in both.
struct Localisation {
  static constexpr double kLimit = 3;

  int images = 0;
  int ok_images = 0;  // no truths
  int truths = 0;
  int missed = 0;       // truths without a match
  int false_boxes = 0;  // predictions without a match, on images with truths
  double loc_at_3px = 0;
  double loc_at_3px_by_centre = 0;
  double false_boxes_per_ok_image = 0;
  // Over matched truths.
  double mean_edge_error = 0, median_edge_error = 0, p95_edge_error = 0;
  double mean_centre_error = 0, median_centre_error = 0, p95_centre_error = 0;
  std::vector<double> edge_errors;  // one a matched truth, ascending; for the histogram
};

// Throws Error as check_boxes.
Localisation localisation(std::span<const ImageBoxes> images);

}  // namespace paucal::metrics
