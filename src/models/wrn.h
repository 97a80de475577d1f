#pragma once
// Wide residual networks (Zagoruyko and Komodakis, BMVC 2016) in the form that FixMatch and its
// followers use: pre-activation with LeakyReLU(0.1), a 3×3 stem of 16 channels.

#include <memory>
#include <vector>

#include "models/image_model.h"

namespace paucal::models {

struct WrnPlan {
  int stages = 3;  // widths 16·factor, twice that, …; all but the first halve the resolution
  int blocks = 4;  // of each stage; depth = 2 · stages · blocks + stages + 1
  int factor = 2;
};

// Parameters are named conv1, block1.layer.0.{bn1, conv1, bn2, conv2, convShortcut}, …, bn1, fc.
std::shared_ptr<ImageModel> make_wrn(const ModelOptions& options, int classes, const WrnPlan& plan);

}  // namespace paucal::models
