#pragma once
// Box figures as the literature has them, so that results can be laid beside published ones.
// A figure that has nothing to stand on is NaN, and null in JSON.

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/json.h"
#include "edge/image/image.h"
#include "metrics/localisation.h"

namespace paucal::metrics {

// MaxBoxAccV2 (Choe et al., "Evaluating Weakly Supervised Object Localization Methods Right",
// CVPR 2020 and its journal version): BoxAcc(τ, δ) is the share of images in which any box made at
// map threshold τ has IoU ≥ δ with any truth; δ = .3, .5, .7. Choosing τ on the images that are
// scored is an oracle, so a τ frozen elsewhere is scored beside it:
//
//   MaxBoxAcc held_out(taus), test(taus);
//   ...                                                  // add() each image
//   test.result(held_out.best_threshold()).to_json();
class MaxBoxAcc {
 public:
  static constexpr std::array<double, 3> kIous{.3, .5, .7};

  struct Result {
    int images = 0;
    double oracle = 0;                          // mean over δ of max over τ
    std::array<double, 3> oracle_by_iou{};      // max over τ
    std::array<double, 3> oracle_thresholds{};  // the τ of each
    std::optional<double> frozen_threshold;
    std::optional<double> frozen;  // mean over δ at the frozen τ
    std::optional<std::array<double, 3>> frozen_by_iou;
    Json to_json() const;
    static Result from_json(const Json& json);  // throws Json::exception
  };

  explicit MaxBoxAcc(std::vector<double> thresholds);  // at least one

  // boxes[t]: the image's boxes at thresholds()[t]. Images without truths do not count.
  void add(std::span<const edge::Box> truths, std::span<const std::vector<edge::Box>> boxes);

  const std::vector<double>& thresholds() const { return thresholds_; }
  // Index of the τ with the best mean over δ; of equals the middle one, which is the most robust.
  size_t best_threshold() const;
  Result result(std::optional<size_t> frozen = std::nullopt) const;

 private:
  double accuracy(size_t threshold, size_t iou) const;
  double mean_accuracy(size_t threshold) const;

  std::vector<double> thresholds_;
  std::vector<std::array<int, 3>> correct_;  // [threshold][iou]
  int images_ = 0;
};

// Share of (image, class) pairs with a truth whose top-scored box of the class has IoU ≥ .5 with
// one of them, averaged over classes (Deselaers et al., IJCV 2012); for training images.
double cor_loc(std::span<const ImageBoxes> images);

// Area under the precision-recall curve at all points, precision made monotone (PASCAL VOC 2010
// on): by falling score each prediction goes to the truth of largest IoU and is right if that is
// ≥ `min_iou` and not yet taken. Averaged over the classes that have a truth.
double mean_average_precision(std::span<const ImageBoxes> images, double min_iou = .5);

// Whether a matched box (localisation.h) is right: its edges are off by less than 3 px in the mean,
// or its IoU is at least .5.
bool is_right(const ImageBoxes& image, const Match& match);

// F1 of the predictions, by that measure.
double box_f1(std::span<const ImageBoxes> images);

// The baseline that looks at nothing: the middle of the image, in the given share of its sides
// (the mean over training boxes).
edge::Box centre_box(int width, int height, double relative_width, double relative_height);

}  // namespace paucal::metrics
