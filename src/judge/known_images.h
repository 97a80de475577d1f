#pragma once
// The images that thresholds of boxes are chosen on: held-out ones, from the surest truth (boxes
// that people drew) to the cheapest (defects pasted into OK images).

#include "data/augment/paste.h"
#include "data/feed/image_cache.h"
#include "data/set/truth_table.h"
#include "judge/box_calibration.h"

namespace paucal::judge {

// Held-out images with what the network says of each.
struct HeldOut {
  const data::Dataset& dataset;
  data::ImageCache& cache;
  std::vector<int> records;
  std::vector<RawPrediction> raw;  // one a record

  const data::Record& record(size_t i) const { return dataset.at(records[i]); }
  bool is_ng(size_t i) const { return !dataset.is_ok(record(i)); }
};

// Validation images whose boxes people gave (data.calibrate).
std::vector<KnownImage> given_images(const edge::ModelCard& card, const HeldOut& held);

// At most `count` of the images with truth, drawn at random.
struct TruthSample {
  int count = 0;
  int64_t max_pixels = 0;  // of a mask
  uint64_t seed = 0;
};
std::vector<KnownImage> boxed_images(const edge::ModelCard& card, const HeldOut& held,
                                     const data::Truth& drawn, const TruthSample& sample);

// Images as they are, of which boxes would be shown: in NG ones there is a defect, in OK ones
// none. Real defects are fainter on the map than pasted ones, and dust is no defect.
std::vector<KnownImage> labelled_images(const edge::ModelCard& card, const HeldOut& held);

// OK images with pasted defects: truth that costs nobody any time.
std::vector<KnownImage> pasted_images(const edge::ModelCard& card, const HeldOut& held,
                                      const RawOfImage& look, const data::PasteOptions& paste,
                                      uint64_t seed);

}  // namespace paucal::judge
