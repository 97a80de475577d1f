#pragma once
// Which stages of a network are built, at which strides, and which of them the head reads:
// options.cut, options.taps and options.output_stride. A stage is named by its stride in the
// network as published: "s8".

#include <ATen/core/Tensor.h>

#include <vector>

#include "models/layers.h"

namespace paucal::models {

struct StagesPlan {
  std::vector<StageStep> steps;  // of the stages that are built
  std::vector<size_t> taps;      // stages that the head reads, finest first; empty: the last
  int output_stride = 0;         // of what the head reads

  // Channels of what the head reads, where the stages have these.
  int width_of(const std::vector<int>& channels) const;
};

// Throws Error: stages that the network does not have or that are cut off, strides that it cannot
// have.
StagesPlan plan_network(const Strides& strides, const ModelOptions& options);

// Coarser ones enlarged to the finest, bilinearly, then all channels: [N, ΣC, h, w].
at::Tensor join_taps(const std::vector<at::Tensor>& stages, const std::vector<size_t>& taps);

}  // namespace paucal::models
