#pragma once
// What the file of model.weights brings along: its network, and the arithmetic of its input.

#include <string>
#include <vector>

#include "pipeline/recipe.h"

namespace paucal::pipeline {

// Before a run: sets model.arch, unless one of `typed` ("key=value") does; model.bn_eps,
// model.padding, model.taps, input.normalise, input.mean and input.std as the file was trained
// with, and logs what that changes. A file of `paucal pretrain` says these by itself
// (own_weights.h). Leaves recipes alone whose file is of a run, is not there or holds nothing that
// is known: what reads the weights will say so. Throws Error as models::recognise() does, and for
// an input that TensorFlow's padding cannot have.
void take_weights(Recipe& recipe, const std::vector<std::string>& typed);

}  // namespace paucal::pipeline
