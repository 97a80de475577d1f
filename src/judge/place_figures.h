#pragma once
// How good boxes and heat are, on images whose truth is known.

#include <optional>

#include "edge/post/interpret.h"
#include "judge/raw_source.h"
#include "metrics/figures.h"
#include "metrics/pixel_metrics.h"

namespace paucal::judge {

// What people drew on an image, in original pixels.
struct ImageTruth {
  std::vector<edge::Box> boxes;
  std::vector<int> labels;          // one a box: its class
  std::optional<edge::Image> mask;  // where every pixel is known
  bool ng = false;                  // inspection: the label says that there is a defect
  std::string class_name;           // of the image
};

// Boxes of MaxBoxAccV2 at each threshold: `channel` of the map, or of a box head the best box of
// that class alone (any of a hundred boxes would nearly always do).
void add_boxes(const edge::ModelCard& card, const RawPrediction& raw, size_t channel,
               const std::vector<edge::Box>& truths, metrics::MaxBoxAcc& accuracy);
metrics::MaxBoxAcc box_accuracy_of_map();  // at the thresholds that the figures use

// Sums over the test images.
class Places {
 public:
  // `centre_size`: of a box in the middle, as shares of the image's sides; may be nothing.
  Places(const edge::ModelCard& card, std::optional<std::pair<double, double>> centre_size)
      : card_(card), centre_size_(centre_size) {}

  // `channel`: the map that shows what the image's label names.
  void add(const ImageTruth& truth, const RawPrediction& raw, const Prediction& prediction,
           size_t channel);
  // `held_out`: the same of validation images; they freeze a threshold.
  metrics::LocalisationFigures figures(const metrics::MaxBoxAcc& held_out) const;
  const metrics::PixelMetrics& pixels() const { return pixels_; }

 private:
  const edge::ModelCard& card_;
  std::optional<std::pair<double, double>> centre_size_;
  metrics::MaxBoxAcc map_boxes_ = box_accuracy_of_map(), centre_boxes_{{.5}};
  std::vector<metrics::ImageBoxes> shown_, ranked_;
  metrics::PixelMetrics pixels_;
};

}  // namespace paucal::judge
