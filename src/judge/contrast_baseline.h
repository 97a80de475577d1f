#pragma once
// What a few boxed images give without any training: places that differ from their surroundings
// by more than a threshold, window and threshold being those that suit the boxed images best. What
// an engineer would try in the first hour; a trained model must beat it.

#include <vector>

#include "edge/pre/preprocess.h"
#include "metrics/localisation.h"

namespace paucal::judge {

class ContrastBaseline {
 public:
  // Truths in original pixels. Throws Error where `images` is empty or not as long as `truths`.
  ContrastBaseline(const std::vector<edge::Fitted>& images,
                   const std::vector<std::vector<edge::Box>>& truths);

  // Original pixels, the strongest contrast first.
  std::vector<edge::ScoredBox> boxes(const edge::Fitted& image) const;

 private:
  struct Rule {
    int radius = 0;      // of the window, network pixels
    float contrast = 0;  // in standard deviations of the window
  };

  Rule rule_;
};

}  // namespace paucal::judge
