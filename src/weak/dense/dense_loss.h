#pragma once
// The loss of a dense head on anchors: focal loss on classes, and how far the sides of boxes are
// off. Everything is normalised over the batch: an image with many objects counts for more.

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "weak/dense/dense_targets.h"
#include "weak/dense/detection_options.h"

namespace paucal::weak {

// What a batch teaches. An anchor that is not named is background of each class, as much as its
// image's weight says.
struct DenseTargets {
  DenseTargets(int64_t images, int classes)
      : images(images), classes(classes), background(static_cast<size_t>(images) * classes) {}

  struct Positive {
    int64_t image = 0, anchor = 0, label = 0;
    float weight = 1;
    float side_weight = 1;  // of the sides of `box`
    edge::Box box;
  };
  struct Unsure {
    int64_t image = 0, anchor = 0, label = 0;
  };

  int64_t images;
  int classes;
  std::vector<Positive> positives;
  std::vector<Unsure> unsure;     // teach nothing
  std::vector<float> background;  // [N · K]

  float& background_of(int64_t image, int label) {
    return background[static_cast<size_t>(image) * classes + static_cast<size_t>(label)];
  }
  // Names the anchors of boxes of one image. `side_share` × weight is the weight of their sides.
  void add(int64_t image, std::span<const data::Target> boxes, const Assignment& assignment,
           float side_share);
};

struct DenseLoss {
  // Focal loss (Lin et al., ICCV 2017), of objects with options.quality the soft one, divided by
  // max(Σ weights of positives, N).
  at::Tensor classes;
  at::Tensor sides;  // 1 - GIoU + mean |Δside| / anchor side, weighted mean over positives
};
// valid [N, M] bool: padding is nothing at all.
DenseLoss dense_loss(const FlatOutput& output, const AnchorGrid& grid, const at::Tensor& valid,
                     const DenseTargets& targets, const DetectionOptions& options);

// Elementwise, without reduction: of anchors that are objects, and that are background.
at::Tensor focal_positive(const at::Tensor& logits, const DetectionOptions& options);
at::Tensor focal_background(const at::Tensor& logits, const DetectionOptions& options);
// Of objects whose score is to become `quality` [P] in [0, 1]: |q - σ|^γ · cross-entropy (Li et
// al., "Generalized focal loss", NeurIPS 2020, equation 6).
at::Tensor quality_focal(const at::Tensor& logits, const at::Tensor& quality,
                         const DetectionOptions& options);

// Tensor form of edge::decode_box: anchors [P, 4], deltas [P, 4] → boxes [P, 4].
at::Tensor decode_boxes(const at::Tensor& anchors, const at::Tensor& deltas);
// IoU of pairs: [P, 4], [P, 4] → [P] in [0, 1].
at::Tensor intersection_over_union(const at::Tensor& a, const at::Tensor& b);
// Generalised IoU (Rezatofighi et al., CVPR 2019) of pairs: [P, 4], [P, 4] → [P] in (-1, 1].
at::Tensor generalised_iou(const at::Tensor& a, const at::Tensor& b);
// Of predicted boxes [P, 4], made from anchors or regions [P, 4]: generalised IoU, and the distance
// of the sides in sides of the anchor. [P].
at::Tensor side_loss(const at::Tensor& boxes, const at::Tensor& truth, const at::Tensor& anchors);

}  // namespace paucal::weak
