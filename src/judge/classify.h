#pragma once
// A trained classifier's answers, with what it read.

#include <vector>

#include "data/feed/image_cache.h"
#include "judge/trained_model.h"
#include "metrics/figures.h"

namespace paucal::judge {

struct Classified {
  int record = -1;  // number of Dataset::at()
  int label = -1;   // the predicted class
  double confidence = 0;
  std::vector<float> features;  // what the head read, mean over the places, of length 1
};

// `records`: numbers of Dataset::at(). The confidence is that before calibration.
std::vector<Classified> classify(const TrainedModel& model, data::ImageCache& cache,
                                 const std::vector<int>& records);

// Error and calibration error, on images whose label is known.
metrics::ImageFigures figures_of(const data::Dataset& dataset,
                                 const std::vector<Classified>& images);

}  // namespace paucal::judge
