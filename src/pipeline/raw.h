#pragma once
// RUN/raw.bin of a run: written by the stage predict, read by all that judge.

#include "judge/raw_store.h"
#include "judge/trained_model.h"
#include "pipeline/recipe.h"

namespace paucal::pipeline {

// The run's model, looking as the recipe asks: its map, mirrored images, and limits of boxes.
judge::TrainedModel looking_model(const std::filesystem::path& folder,
                                  const judge::LocateOptions& options);

// What that model says of the records of `dataset`. Throws Error that names the file.
judge::RawStore stored_raw(const std::filesystem::path& folder, const data::Dataset& dataset,
                           const edge::ModelCard& card);

}  // namespace paucal::pipeline
