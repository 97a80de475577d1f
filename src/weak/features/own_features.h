#pragma once
// Features of one's own images, without labels and without weights from elsewhere. Three things
// teach chosen stages of a network, each can be off:
//
//   agreement  two views of a place say the same, different places different things (vicreg.h),
//              behind a projection of three layers
//   defects    a linear layer tells places with a pasted defect from the same places without, and
//              from all others
//   teacher    behind a linear layer, maps follow those of a network that knows more, whose
//   channels
//              have mean 0 and standard deviation 1 over the batch (smooth L1; of features rather
//              than classes: FitNets, Romero et al., ICLR 2015)
//
// Projections and layers are trained along and thrown away. What the head reads is taught like a
// stage where it is none (a pyramid's finest map), but has no teacher.

#include <memory>
#include <vector>

#include "data/feed/pair_views.h"
#include "train/work.h"
#include "weak/features/levels.h"
#include "weak/features/options.h"

namespace paucal::weak {

class OwnFeatures {
 public:
  // `teacher`: null without one; it reads PairBatch::other. Throws Error where a network has no
  // stage of one of the strides, or all weights are 0.
  OwnFeatures(models::ImageModel& network, const FeatureOptions& options, uint64_t seed,
              std::shared_ptr<models::ImageModel> teacher = nullptr);
  ~OwnFeatures();

  std::shared_ptr<torch::nn::Module> heads() const;
  train::Losses step(const data::PairBatch& batch, models::ImageModel& network,
                     c10::Device device) const;

 private:
  struct Heads;
  struct Views;
  train::Losses level_losses(size_t number, const at::Tensor& map, const Views& views) const;
  at::Tensor teacher_loss(const std::vector<at::Tensor>& stages, const Views& views) const;

  FeatureOptions options_;
  std::vector<Level> levels_, teacher_levels_;
  bool head_reads_more_;  // than a stage
  std::shared_ptr<Heads> heads_;
  std::shared_ptr<models::ImageModel> teacher_;
};

// Spread of features: the standard deviation, over places, of each number of rows of length 1,
// times √C, mean over the numbers. 1: as spread as can be; 0: all places look alike. [M, C] →
// scalar.
at::Tensor spread_of(const at::Tensor& rows);

}  // namespace paucal::weak
