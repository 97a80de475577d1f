#pragma once
// A detector: a network of the table, a neck, the class map of every image model, and a head that
// makes boxes. Because it is an image model, whatever trains, saves, averages or shows one does so
// with a detector too.

#include "models/box_head.h"
#include "models/image_model.h"

namespace torch::nn {
class LinearImpl;
}

namespace paucal::models {

class Fpn;

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

class Detector : public ImageModel, public BoxHead {
 public:
  using MakeBackbone = std::shared_ptr<ImageModel> (*)(const ModelOptions&, int classes);

  // `classes`: channels of the class map; `box_classes`: classes that a box may have. Throws Error
  // where the network has no level of options.output_stride.
  Detector(const ModelOptions& options, MakeBackbone make_backbone, int classes, int box_classes);

  std::vector<at::Tensor> stages(const at::Tensor& x) override;
  at::Tensor features_of(const std::vector<at::Tensor>& stages) override;
  void init_heads() override;

  BoxHead* box_head() override { return this; }

  Seen see(const at::Tensor& x) override;
  std::vector<at::Tensor> levels(const at::Tensor& x) override;
  DenseOutput dense(const std::vector<at::Tensor>& levels, size_t which = 0) override;
  at::Tensor propose(const at::Tensor& map) override;
  RegionOutput regions(const std::vector<at::Tensor>& levels, const at::Tensor& rois) override;
  const std::vector<int>& level_strides() const override { return strides_; }
  int map_stride() const override { return ImageModel::map_stride(); }

  int box_classes() const { return box_classes_; }
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
