#pragma once
// What held-out images teach about a trained model: probabilities, the decision threshold, and
// the heat from which on a place is a defect. By the whole set, never by the single image.

#include <vector>

#include "data/augment/paste.h"
#include "data/feed/image_cache.h"
#include "data/set/truth_table.h"
#include "judge/locate_options.h"
#include "judge/raw_source.h"

namespace paucal::judge {

struct CalibrateSettings {
  LocateOptions locate;
  data::PasteOptions paste;  // defects that stand in for boxes nobody drew
  int64_t max_pixels = 0;    // of a mask
  uint64_t seed = 0;
  // Above 0: OK images alone choose the threshold, so that this share of them is called NG at most
  // (decide_by_ok.h). What is said of the images of the training split then counts as held out.
  double ok_alone = 0;
};

// What the network says: `of_record` of the set's records, `of_image` of those with pasted
// defects, `of_copy` in one pass of smaller copies of large ones; empty: none are made.
struct RawSources {
  RawSource of_record;
  RawOfImage of_image;
  RawOfImage of_copy = {};
};

// Sets card.calibration, card.coarse, and of a box head its score, from the validation images (from
// the training images, with a warning, where there are none). What they were before plays no part.
// Truth is looked at where locate.calibration_boxes asks for it.
void calibrate(edge::ModelCard& card, const data::Dataset& dataset, const data::Truth& truth,
               data::ImageCache& cache, const RawSources& sources,
               const CalibrateSettings& settings);

// How well boxes come out on the held-out images whose boxes are given (data.calibrate), at the
// thresholds that suit them best: 0 … 1. `raw`: of every validation image, in the order of
// dataset.indices(kVal).
double box_quality(const edge::ModelCard& card, const data::Dataset& dataset,
                   data::ImageCache& cache, std::vector<RawPrediction> raw);

}  // namespace paucal::judge
