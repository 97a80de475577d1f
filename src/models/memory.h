#pragma once
// A network that knows OK parts by heart. The map says of each place how far it lies from the most
// similar place of any OK image (PatchCore, Roth et al., CVPR 2022):
//
//   f(p) = features of some stages at place p, each the mean of a neighbourhood and resized to the
//          finest of them, each stage divided by its own size, projected to `dims` numbers (PCA)
//          and brought to length 1
//   map(p) = 1 - max over the memory m of <f(p), m>                      0 (seen before) … 2
//
// Cosines, because the length of a feature tells more of light than of parts (AnomalyDINO, Damm et
// al., WACV 2025). A memory is a 1×1 convolution and a maximum over channels: it is traced,
// optimised and quantised as any other network.
//
// Of kind "gaussian" it knows their normal distribution instead, and the map is a Mahalanobis
// distance (weak/one_class/gaussian.h):
//
//   f(p) = W · (features of the stages at p) + b, of mean 0 and covariance 1 over OK places
//   map(p) = root mean square of f(p)                                    1 (as usual) …
//
// With a head there is evidence of two kinds in one map: what NG images share (the class map of the
// network) and what no OK image shows. map = mix[0] · logits + mix[1] · distance + mix[2], on the
// grid of the class map.

#include <memory>
#include <vector>

#include "models/image_model.h"

namespace paucal::models {

class Memory : public ImageModel {
 public:
  using MakeBackbone = std::shared_ptr<ImageModel> (*)(const ModelOptions&, int classes);

  // `classes`: channels of the map; all of them say the same. Throws Error where the network has no
  // stage of one of options.memory.strides.
  Memory(const ModelOptions& options, MakeBackbone make_backbone, int classes);

  std::vector<at::Tensor> stages(const at::Tensor& x) override;
  at::Tensor features_of(const std::vector<at::Tensor>& stages) override;
  at::Tensor head(const at::Tensor& features) override;

  // The two that `mix` joins, where there is a head.
  struct Evidence {
    at::Tensor logits;    // [N, K, h, w]
    at::Tensor distance;  // [N, 1, h, w]
  };
  Evidence evidence(const at::Tensor& features);

  // What is projected: the chosen stages beside each other, [N, C, h, w].
  at::Tensor raw_features(const at::Tensor& x);
  const std::vector<int64_t>& tap_channels() const { return channels_; }  // of each chosen stage
  ImageModel& backbone() { return *backbone_; }

  // projection [dims, C], memory [vectors, dims] of length 1, and whose each vector is: numbers of
  // owners >= 0, [vectors].
  void remember(const at::Tensor& projection, const at::Tensor& vectors, const at::Tensor& owners);
  // Of kind "gaussian": W and b beside each other, [1 + folds, C, C + 1], of all owners and of all
  // but those of fold 0, 1 … (owner % folds).
  void remember(const at::Tensor& whitenings);
  // From now on nothing is similar to what this owner gave: how an image looks to a memory that has
  // not seen it (jackknife; of kind "gaussian": nor its fold). -1: all count.
  void forget(int64_t owner) { forgotten_ = owner; }
  // What these owners gave is like nothing any more, for good. Of kind "bank".
  void drop(const std::vector<int64_t>& owners);
  void set_mix(double logits, double distance, double offset);

 private:
  at::Tensor projected(const at::Tensor& joined);
  at::Tensor joined(const std::vector<at::Tensor>& stages, const at::Tensor& grid) const;
  at::Tensor distance(const at::Tensor& features);

  std::vector<size_t> taps_;  // of the stages, finest first
  std::vector<int64_t> channels_;
  int64_t forgotten_ = -1;
  std::shared_ptr<ImageModel> backbone_;
  std::shared_ptr<torch::nn::Conv2dImpl> projection_, memory_;
  at::Tensor owners_, whitenings_, mix_;
};

}  // namespace paucal::models
