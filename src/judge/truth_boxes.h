#pragma once
// What people drew on the images of a set, for figures.

#include <optional>
#include <utility>
#include <vector>

#include "data/set/truth_table.h"
#include "edge/pre/preprocess.h"

namespace paucal::judge {

class TruthBoxes {
 public:
  // Both must outlive this. Regions of masks below `min_area` pixels are no boxes; `max_pixels`: of
  // a mask. What `input` hides of an image is no truth. No image is decoded: records know their
  // sizes.
  TruthBoxes(const data::Dataset& dataset, const data::Truth& truth, int64_t max_pixels,
             double min_area, edge::PreprocessOptions input = {})
      : dataset_(dataset),
        truth_(truth),
        max_pixels_(max_pixels),
        min_area_(min_area),
        input_(std::move(input)) {}

  // Boxes that people drew, cut to the region of interest, or those around the regions of a mask;
  // original pixels. Empty where there are none, or nobody looked (data::ImageTruth::known).
  std::vector<edge::Box> boxes(int record) const;
  // The same where its mask() is at hand, so that the file is decoded once.
  std::vector<edge::Box> boxes(int record, const std::optional<edge::Image>& mask) const;
  // Mean width and height of the boxes of these records, as shares of their images' sides; nothing
  // where there are none.
  std::optional<std::pair<double, double>> mean_size(const std::vector<int>& records) const;
  // What of the image counts.
  edge::Region region(int record) const;
  // Which pixels are defect (> 127), at the size of the original image.
  std::optional<edge::Image> mask(int record) const;

 private:
  const data::ImageTruth& of(int record) const { return truth_.of(dataset_.at(record)); }

  const data::Dataset& dataset_;
  const data::Truth& truth_;
  int64_t max_pixels_;
  double min_area_;
  edge::PreprocessOptions input_;
};

}  // namespace paucal::judge
