#pragma once
// For tests of dense heads: a grid of anchors, a batch of which everything is known, and a scene
// without pictures.

#include <torch/torch.h>

#include <numeric>

#include "models/detector.h"
#include "weak/dense/dense_teaching.h"

namespace paucal::weak::test {

constexpr int kStride = 4;

// Of one level, for images of `side` pixels.
class Grid {
 public:
  explicit Grid(int side) : cache_({}) {
    const int64_t cells = side / kStride, anchors = edge::AnchorOptions{}.per_cell();
    const models::DenseOutput output{{}, {torch::zeros({1, anchors * 4, cells, cells})}};
    const std::array<int, 1> strides{kStride};
    grid_ = &cache_.of(output, strides);
  }
  const AnchorGrid& operator*() const { return *grid_; }
  const AnchorGrid* operator->() const { return grid_; }

 private:
  AnchorCache cache_;
  const AnchorGrid* grid_;
};

inline train::TensorBatch blank_batch(int64_t n, int64_t side) {
  train::TensorBatch batch;
  batch.images = torch::zeros({n, 1, side, side});
  batch.labels = torch::zeros({n}, at::kLong);
  batch.masks = torch::zeros({n, 1, side, side});
  batch.pasted = torch::zeros({n}, at::kBool);
  batch.valid = torch::ones({n, 1, side, side});
  batch.supervision.assign(static_cast<size_t>(n), data::Supervision::kNothing);
  batch.targets.resize(static_cast<size_t>(n));
  batch.places.resize(static_cast<size_t>(n));
  std::iota(batch.places.begin(), batch.places.end(), 0);
  return batch;
}

inline std::shared_ptr<models::Detector> small_detector(const std::string& head, int classes = 1,
                                                        uint64_t seed = 0) {
  models::ModelOptions options;
  options.arch = "pyramid10";
  options.channels = 1;
  options.width = 8;
  options.seed = seed;
  options.detector.bbox_head.type = head;
  options.detector.bbox_head.width = 16;
  return std::dynamic_pointer_cast<models::Detector>(models::make_model(options, classes, classes));
}

// Loss and gradients of teach_dense() where all anchors say `logit` and are boxes themselves.
struct Taught {
  at::Tensor logits, deltas;  // leaves, with gradients
  train::Losses losses;

  double part(const std::string& name) const {
    for (const auto& [key, value] : losses.parts)
      if (key == name) return value.item<double>();
    return NAN;
  }
};
inline Taught teach(const train::TensorBatch& batch, const at::Tensor& present,
                    const DetectionOptions& options, double logit = -2, double done = 1,
                    const Guesses* found = nullptr, FoundSides sides = FoundSides::kTeach) {
  static const std::shared_ptr<models::Detector> detector = small_detector("retinanet_mil");
  const models::Detector::Seen seen;
  const BoxStep step{.detector = *detector,
                     .seen = seen,
                     .batch = batch,
                     .present = present,
                     .step = static_cast<int64_t>(done * 100),
                     .total_steps = 100};
  const Grid grid(static_cast<int>(batch.images.size(3)));
  const auto classes = static_cast<int>(present.size(1));
  const DenseScene scene(step, options, *grid, classes);
  const int64_t n = batch.images.size(0);
  Taught taught;
  taught.logits = torch::full({n, grid->size(), classes}, logit).requires_grad_();
  taught.deltas = torch::zeros({n, grid->size(), 4}).requires_grad_();
  taught.losses = teach_dense(scene, {taught.logits, taught.deltas},
                              found ? *found : Guesses(static_cast<size_t>(n)), sides);
  taught.losses.total.backward();
  return taught;
}

}  // namespace paucal::weak::test
