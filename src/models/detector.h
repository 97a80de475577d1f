#pragma once
// A detector: a network of the table, a neck, the class map of every image model, and a head that
// makes boxes. Because it is an image model, whatever trains, saves, averages or shows one does so
// with a detector too.

#include "models/image_model.h"

namespace torch::nn {
class LinearImpl;
}

namespace paucal::models {

class Fpn;

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

// Towers of 3×3 convolutions shared by all levels (RetinaNet, ICCV 2017, section 4), without norm.
class DenseHead : public torch::nn::Module {
 public:
  DenseHead(int in, int classes, const DetectorOptions& options);
  DenseOutput forward(const std::vector<at::Tensor>& levels);
  // Every anchor starts as an object with probability .01, and as its own box.
  void init();

 private:
  std::vector<std::shared_ptr<torch::nn::Conv2dImpl>> class_tower_, box_tower_;
  std::shared_ptr<torch::nn::Conv2dImpl> logits_, deltas_;
};

// Two linear layers, then the streams of WSDDN (Bilen and Vedaldi, CVPR 2016), the branches of
// OICR (Tang et al., CVPR 2017), and one box regression for all classes.
class RegionHead : public torch::nn::Module {
 public:
  RegionHead(int in, int classes, const DetectorOptions& options);
  RegionOutput forward(const at::Tensor& pooled);  // [R, C, size, size]
  void init();                                     // no region is preferred yet

 private:
  std::shared_ptr<torch::nn::LinearImpl> fc1_, fc2_, classes_, regions_, deltas_;
  std::vector<std::shared_ptr<torch::nn::LinearImpl>> refined_;
};

class Detector : public ImageModel {
 public:
  using MakeBackbone = std::shared_ptr<ImageModel> (*)(const ModelOptions&, int classes);

  // `classes`: channels of the class map; `box_classes`: classes that a box may have. Throws Error
  // where the network has no level of options.output_stride.
  Detector(const ModelOptions& options, MakeBackbone make_backbone, int classes, int box_classes);

  std::vector<at::Tensor> stages(const at::Tensor& x) override;
  at::Tensor features_of(const std::vector<at::Tensor>& stages) override;
  void init_heads() override;

  // The class map, and the levels that boxes are made from: [N, C, h, w], finest first; level 0
  // is what the class map reads.
  struct Seen {
    at::Tensor map;
    std::vector<at::Tensor> levels;
  };
  Seen see(const at::Tensor& x);
  std::vector<at::Tensor> levels(const at::Tensor& x) { return levels_of(stages(x)); }

  // Dense heads. `which` 1: the second network of cps_rpn.
  DenseOutput dense(const std::vector<at::Tensor>& levels, size_t which = 0);
  // mil: regions of the class map's images, proposed from its cells, not from the places of a fine
  // one: [N · regions.count, 5] (image, x0, y0, x1, y1) in network pixels.
  at::Tensor propose(const at::Tensor& map);
  // mil: of such regions.
  RegionOutput regions(const std::vector<at::Tensor>& levels, const at::Tensor& rois);

  int box_classes() const { return box_classes_; }
  const std::vector<int>& level_strides() const { return strides_; }  // network pixels
  ImageModel& backbone() { return *backbone_; }

 private:
  std::vector<at::Tensor> levels_of(const std::vector<at::Tensor>& stages);

  int box_classes_;
  size_t first_stage_ = 0;  // fpn: the stage of level 0
  std::vector<int> strides_;
  std::shared_ptr<ImageModel> backbone_;
  std::shared_ptr<Fpn> neck_;
  std::vector<std::shared_ptr<DenseHead>> dense_;
  std::shared_ptr<RegionHead> region_;
};

}  // namespace paucal::models
