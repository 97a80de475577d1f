#pragma once
// What a network offers that says boxes beside its class map (ImageModel::box_head()). Whoever
// trains, runs or exports a head asks this, and knows no class of module. All that it says is
// float, whatever it computes with (autocast.h).

#include <ATen/core/Tensor.h>

#include <vector>

namespace paucal::models {

// What a dense head says, level by level, finest first; A anchors a cell (edge/post/detect.h).
struct DenseOutput {
  std::vector<at::Tensor> logits;  // [N, A · K, h, w]
  std::vector<at::Tensor> deltas;  // [N, A · 4, h, w]
};

// What a region head says of R regions and K box classes.
struct RegionOutput {
  at::Tensor features;              // [R, fc] what all of them read
  at::Tensor classes;               // [R, K] logits of the class stream (WSDDN's φ_c)
  at::Tensor regions;               // [R, K] logits of the detection stream (φ_d)
  std::vector<at::Tensor> refined;  // [R, K + 1] logits of each branch, background last
  at::Tensor deltas;                // [R, 4] box code relative to the region
};

// Of one of two kinds, as model.bbox_head.type says: a dense head answers dense(), a region head
// propose() and regions().
class BoxHead {
 public:
  virtual ~BoxHead() = default;

  // The class map, and the levels that boxes are made from: [N, C, h, w], finest first; level 0
  // is what the class map reads.
  struct Seen {
    at::Tensor map;
    std::vector<at::Tensor> levels;
  };
  // x: [N, channels, H, W] float. Throws Error if it is not.
  virtual Seen see(const at::Tensor& x) = 0;
  // The levels alone; `x` is not checked.
  virtual std::vector<at::Tensor> levels(const at::Tensor& x) = 0;

  // Dense heads. `which` 1: the second network of cps_rpn.
  virtual DenseOutput dense(const std::vector<at::Tensor>& levels, size_t which = 0) = 0;

  // Region heads: regions of the class map's images, proposed from its cells, not from the places
  // of a fine one: [N · regions.count, 5] (image, x0, y0, x1, y1) in network pixels.
  virtual at::Tensor propose(const at::Tensor& map) = 0;
  // What the head says of such regions.
  virtual RegionOutput regions(const std::vector<at::Tensor>& levels, const at::Tensor& rois) = 0;

  // Network pixels.
  virtual const std::vector<int>& level_strides() const = 0;
  virtual int map_stride() const = 0;
};

}  // namespace paucal::models
