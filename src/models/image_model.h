#pragma once
// What every image network offers: stages, features, and a head that maps features to classes
// place by place. The mean of the class map over its places equals the logits of the usual
// network, "mean, then linear layer": both are linear (Zhou et al., CAM, CVPR 2016).

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "models/model_options.h"

namespace torch::nn {
class Conv2dImpl;
}

namespace paucal::models {

class BoxHead;
struct StagesPlan;

// Float, whatever a network computes with (autocast.h).
struct Output {
  at::Tensor map;       // [N, K, r·h, r·w] class logits of each place; r = options.upscale
  at::Tensor features;  // [N, C, h, w] what the head read, before dropout

  at::Tensor logits() const { return map.mean({2, 3}); }  // [N, K]
};

class ImageModel : public torch::nn::Module {
 public:
  // `options` as asked for; `output_stride`: the one that holds, in input pixels.
  ImageModel(const ModelOptions& options, int classes, int output_stride);
  ~ImageModel() override;

  // Outputs of the stages, finest first, each [N, C_i, h_i, w_i]: for LayerCAM and pyramids.
  // x: [N, channels, H, W] float.
  virtual std::vector<at::Tensor> stages(const at::Tensor& x) = 0;

  // What the head reads, from the outputs of the stages: [N, C, ceil(H / s), ceil(W / s)] for
  // output stride s; by default those of the taps, or the last stage's.
  virtual at::Tensor features_of(const std::vector<at::Tensor>& stages);
  at::Tensor features(const at::Tensor& x) { return features_of(stages(x)); }

  // [N, C, h, w] → [N, K · r², h, w]: dropout of whole channels (which is dropout of the pooled
  // vector, so the mean of the map stays the logits), then the 1×1 convolution `fc`.
  virtual at::Tensor head(const at::Tensor& features);
  // The class map of what the head says: channel (k · r + i) · r + j of cell (x, y) is class k of
  // place (r · x + j, r · y + i) (edge/post/sub_cells.h).
  at::Tensor map_of(const at::Tensor& features);

  // Called once by make_model(), after the initial weights: layers that begin in a way of their
  // own.
  virtual void init_heads() {}

  // What says boxes beside the class map (box_head.h); null without one. Lives as long as the
  // model.
  virtual BoxHead* box_head() { return nullptr; }

  // Makes every place of the class map start at about this probability: where positives are rare,
  // the first steps are not wasted on saying so (Lin et al., focal loss, ICCV 2017, section 3.3).
  void set_head_prior(double probability);

  // Throws Error if x is not [N, channels, H, W].
  Output forward(const at::Tensor& x);

  // With options.bn=frozen, batch norms keep their running statistics in training, too; their
  // scales learn.
  void train(bool on = true) override;

  const ModelOptions& options() const { return options_; }
  int classes() const { return classes_; }
  int output_stride() const { return output_stride_; }  // of the features, input pixels a cell
  int map_stride() const { return output_stride_ / options_.upscale; }
  int feature_channels() const { return feature_channels_; }  // of Output::features

 protected:
  // Throws Error if x is not [N, channels, H, W].
  void check_input(const at::Tensor& x) const;
  // For networks that learn their stride only while they are put together.
  void set_output_stride(int stride) { output_stride_ = stride; }
  // For networks whose stages can be left out: stride and taps.
  void set_plan(const StagesPlan& plan);
  // Called last by the constructor of each network, so that `fc` comes last among its parameters.
  void register_head(int feature_channels);

 private:
  ModelOptions options_;
  int classes_;
  int output_stride_;
  int feature_channels_ = 0;
  std::vector<size_t> taps_;  // empty: the last stage
  std::shared_ptr<torch::nn::Conv2dImpl> fc_;
};

// A network of the table in zoo.cpp with freshly drawn weights (a function of options.seed alone),
// in training mode; with options.detector.bbox_head a Detector around it, whose boxes have one of
// `box_classes` classes (0: of `classes`). Throws Error: unknown names (with the known ones),
// values out of bounds.
std::shared_ptr<ImageModel> make_model(const ModelOptions& options, int classes,
                                       int box_classes = 0);

}  // namespace paucal::models
