#pragma once
// What the file of model.weights brings along: its network, and the arithmetic of its input.

#include <string>
#include <vector>

#include "pipeline/recipe.h"

namespace paucal::pipeline {

// Before a run: finds the file where model.weights is a name of the store (`paucal weights get`);
// sets model.arch, unless one of `typed` ("key=value") does; model.bn_eps,
// model.padding, model.taps, input.normalise, input.mean and input.std as the file was trained
// with, and logs what that changes. Leaves recipes alone whose file is our own or holds nothing
// that is known: what reads the weights will say so. Throws Error as models::recognise() and
// models::find_weights() do, and for an input that TensorFlow's padding cannot have.
void take_weights(Recipe& recipe, const std::vector<std::string>& typed);

}  // namespace paucal::pipeline
