#pragma once
// Weights of our own making that are a start for others: a file that says which network and which
// input they are for, so that a recipe that names it needs no further keys.
//
//   __metadata__: {"format": "paucal", "paucal.start": {"model.arch": "pyramid10", …}}

#include <filesystem>
#include <string>
#include <vector>

#include "models/image_model.h"
#include "pipeline/recipe.h"

namespace paucal::pipeline {

// All of the network but its classifier `fc`; atomic.
void write_own_weights(const std::filesystem::path& path, const models::ImageModel& network,
                       const edge::PreprocessOptions& input);

// Where `weights` is a file of write_own_weights(): the network and the input of the recipe become
// those of the file, but for what `typed` ("key=value") says, and the log tells what changed.
// False: another file, which changes nothing. Throws Error where the file is damaged, or names keys
// that it may not set.
bool take_own_start(const std::filesystem::path& weights, Recipe& recipe,
                    const std::vector<std::string>& typed);

}  // namespace paucal::pipeline
