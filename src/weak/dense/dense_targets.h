#pragma once
// Which anchors of a dense head are taught what. Plain numbers: gradients are dense_loss.h's.

#include <ATen/core/Tensor.h>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "data/feed/batch.h"
#include "edge/post/detect.h"
#include "models/box_head.h"

namespace paucal::weak {

// The anchors of all levels, in the order of edge/post/detect.h, level after level.
struct AnchorGrid {
  std::vector<edge::Box> boxes;  // [M], network pixels
  at::Tensor tensor;             // [M, 4], the same on the device of the network

  int64_t size() const { return static_cast<int64_t>(boxes.size()); }
};

// What a dense head says of all anchors of a batch.
struct FlatOutput {
  at::Tensor logits;  // [N, M, K] float
  at::Tensor deltas;  // [N, M, 4] float
  FlatOutput detach() const { return {logits.detach(), deltas.detach()}; }
};
FlatOutput flatten(const models::DenseOutput& output, int classes);

// Keeps the last grid: the images of a run mostly have one size.
class AnchorCache {
 public:
  explicit AnchorCache(const edge::AnchorOptions& options) : options_(options) {}
  // `strides`: of the levels.
  const AnchorGrid& of(const models::DenseOutput& output, std::span<const int> strides);

 private:
  edge::AnchorOptions options_;
  std::vector<std::array<int64_t, 3>> key_;
  AnchorGrid grid_;
};

// The part of an image that is not padding, in network pixels.
struct ValidSize {
  float width = 0, height = 0;
  // An anchor belongs to the image if its centre does.
  bool holds(const edge::Box& anchor) const {
    return (anchor.x0 + anchor.x1) / 2 < width && (anchor.y0 + anchor.y1) / 2 < height;
  }
};
std::vector<ValidSize> valid_sizes(const at::Tensor& valid);  // [N, 1, H, W]
// [N, M] bool.
at::Tensor valid_anchors(const AnchorGrid& grid, std::span<const ValidSize> sizes);

struct Assigned {
  int64_t anchor = 0;
  int target = 0;
};
struct Assignment {
  std::vector<Assigned> positives;  // an anchor at most once
  std::vector<Assigned> unsure;     // neither object nor background; may name an anchor repeatedly
};

struct AssignOptions {
  float positive = .5f;  // IoU from which an anchor is the object
  float unsure = .4f;    // IoU from which it is not background
  int nearest = 9;
};

// RetinaNet's rule (ICCV 2017, section 4), and for what no anchor fits, such as a box of 4 px, an
// adaptive one (after ATSS, Zhang et al., CVPR 2020): of the `nearest` anchors by IoU and then by
// distance those with at least their mean IoU are positive too. Every target gets an anchor of its
// own as long as there are any. Targets without area get none.
Assignment assign_anchors(const AnchorGrid& grid, const ValidSize& valid,
                          std::span<const data::Target> targets, const AssignOptions& options);

// Numbers of the anchors that contain a point, all of them valid; where there are none, the valid
// anchor whose centre is nearest; empty where no anchor is valid.
std::vector<int64_t> anchors_at(const AnchorGrid& grid, const ValidSize& valid, float x, float y);

}  // namespace paucal::weak
