#pragma once
// What MixMatch and ReMixMatch have in common: mixing samples, and dealing labelled and unlabelled
// ones evenly over the batches of several forward passes.

#include <ATen/core/Tensor.h>

#include <vector>

#include "semi/network.h"
#include "train/draws.h"

namespace paucal::semi {

struct Mixed {
  at::Tensor views, targets;
};
// What is mixed: all views of a batch, one after another.
struct ToMix {
  at::Tensor views, targets;           // [N, ...], [N, K]
  std::vector<train::DrawnRows> rows;  // of the views, in their order
};
// Each sample with another one: λ x + (1 − λ) x′, with λ ≥ ½ drawn for every sample from
// Beta(alpha, alpha), so that the first stays the nearer one (Berthelot et al., MixMatch, NeurIPS
// 2019, equations 8 to 11). λ hangs on the place of the sample. The other sample is any one of
// these: an order of them is drawn by the first place, which no other batch or process has.
Mixed mix(const ToMix& batch, double alpha, uint64_t seed);

// Batches of equal size. Part i of batch i changes places with part i of batch 0, so each has its
// share of labelled samples (the published code). Its own inverse.
std::vector<at::Tensor> interleave(std::vector<at::Tensor> batches);

// Passes of `batch` samples each, interleaved, since batch norm takes a batch's statistics for
// those of the data; only the first pass moves the running statistics. views: [a multiple of
// batch, ...]; logits come back in the order of `views`.
at::Tensor forward_interleaved(Network& network, const at::Tensor& views, int64_t batch);

}  // namespace paucal::semi
