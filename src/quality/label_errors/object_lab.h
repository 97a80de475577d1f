#pragma once
// Wrong boxes: defects that nobody drew, boxes at the wrong place, boxes of the wrong class.

#include <span>
#include <vector>

#include "base/options.h"
#include "edge/image/image.h"

namespace paucal::quality {

struct DrawnBox {
  edge::Box box;  // pixels of the original image
  int label;
};

struct ObjectLabOptions {
  double overlap_weight = 0.9;
  double reach = 0.02;
  double sure = 0.95;
  double likely = 0.5;
  double temperature = 0.1;

  template <class V>
  void visit(V& v) {
    v(overlap_weight, "overlap_weight", "weight of IoU in the similarity; the rest is nearness",
      Range{0, 1});
    v(reach, "reach", "distance of centres, in diagonals of the image, at which nearness is 1/e",
      Range{1e-4, 1});
    v(sure, "sure", "score from which a prediction speaks for a missing or swapped box",
      Range{0, 1});
    v(likely, "likely", "score from which it says where a box ought to be", Range{0, 1});
    v(temperature, "temperature", "of the soft minimum over an image; small: the worst box counts",
      Range{1e-3, 10});
  }
};

// 1: nothing speaks against it; near 0: look at it.
struct ObjectLabScores {
  std::vector<double> overlooked;  // by prediction: may it be a defect that nobody drew?
  std::vector<double> misplaced;   // by drawn box
  std::vector<double> swapped;     // by drawn box
  double image = 1;                // cube root of the product of the three soft minima
};

// ObjectLab (Tkachenko, Thyagarajan and Mueller, 2023). Similarity = w IoU + (1-w) exp(-d / reach),
// with d in diagonals of the image where the authors take pixels.
//   overlooked: of a sure prediction that overlaps no drawn box, its similarity to the nearest one
//     of its class; without one, the least possible similarity times (1 - score)
//   misplaced: of a drawn box, the similarity of the best likely prediction of its class that
//     overlaps it; without one nothing is known, 1
//   swapped: 1 - the similarity of the nearest sure prediction of another class
// Predictions must come from a model that did not learn from these boxes. Throws Error: an empty
// image, boxes that are not finite.
// Not promised: comparisons between images of very different numbers of boxes.
ObjectLabScores object_lab(std::span<const DrawnBox> drawn,
                           std::span<const edge::ScoredBox> predictions, double width,
                           double height, const ObjectLabOptions& options = {});

}  // namespace paucal::quality
