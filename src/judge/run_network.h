#pragma once
// A batch of canvases through the eager network.

#include <span>
#include <vector>

#include "edge/post/views.h"
#include "judge/trained_model.h"

namespace paucal::judge {

struct NetworkSaid {
  edge::NetworkOutput output;
  std::vector<float> features;  // of a view that is not mirrored, mean over the image's cells
};

// One a view; all canvases of one size.
std::vector<NetworkSaid> run_network(const TrainedModel& model, std::span<const edge::View> views,
                                     bool with_features);

}  // namespace paucal::judge
