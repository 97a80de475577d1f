#pragma once
// How well a heat map says which pixels are defect, over a whole set of images at once.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "edge/image/image.h"
#include "metrics/figures.h"

namespace paucal::metrics {

// All pixel scores so far as one histogram, so memory does not grow with the number of images.
// Bins are floats cut to 13 bits of mantissa, so scores of any scale keep a relative step of 2⁻¹³,
// and probabilities keep it towards 1 as well. Beyond 2⁴⁰ counts as 2⁴⁰, below 2⁻⁴⁰ as 0. Scores in
// one bin are ties: one step of the curve. Only bins in use take memory: 5 MiB for
// probabilities between 1e-5 and .999.
class PixelScores {
 public:
  PixelScores();

  // `mask`: one channel, pixels > 127 are defect, of the size of `scores`; or empty: no defect.
  // Throws Error if sizes differ or a score is NaN; then nothing was added.
  void add(const edge::Map& scores, const edge::Image& mask);

  uint64_t pixels() const { return positives_ + negatives_; }
  uint64_t regions() const { return regions_; }  // 8-connected defects in the masks
  // Share of defect pixels: the average precision of a map that knows nothing.
  double base_rate() const;
  // PxAP: Σ (recall_i − recall_{i−1}) · precision_i over falling thresholds, all pixels of all
  // images in one list. NaN without defect pixels.
  double average_precision() const;
  // Area under the per-region overlap curve up to a false positive rate, divided by that rate
  // (Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 2021): each region weighs the
  // same, however small. NaN without regions or without normal pixels.
  double aupro(double max_false_positive_rate = .3) const;

  PixelFigures figures() const;

 private:
  struct Bin {
    uint64_t negatives = 0;
    uint64_t positives = 0;
    double overlap = 0;  // Σ over the positives of 1 / size of their region
  };
  using Page = std::array<Bin, 256>;

  Bin& bin(float score);
  void each_bin_from_the_top(auto visit) const;

  std::vector<std::unique_ptr<Page>> pages_;  // by the upper 14 bits of the ordered key
  uint64_t positives_ = 0;
  uint64_t negatives_ = 0;
  uint64_t regions_ = 0;
};

// Over all images, and for each defect class over the images of that class alone.
class PixelMetrics {
 public:
  // An empty class name (OK images) counts in the overall figures only.
  void add(const edge::Map& scores, const edge::Image& mask, const std::string& class_name);

  const PixelScores& overall() const { return overall_; }
  const std::map<std::string, PixelScores>& classes() const { return classes_; }

 private:
  PixelScores overall_;
  std::map<std::string, PixelScores> classes_;
};

}  // namespace paucal::metrics
