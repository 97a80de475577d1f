#pragma once
// Pre-training: from images that nobody has labelled to weights that a recipe begins with
// (weak/features/own_features.h).
//
//   OUT                the weights (own_weights.h)
//   OUT without its ending + ".pretrain/"
//     recipe.yaml      every key as resolved
//     images.idx       the list of the images
//     train/           metrics.jsonl, events/, the last checkpoint: killed, it goes on from there
//     pretrain.json    what it cost and what it brought

#include <filesystem>

#include "base/json.h"
#include "pipeline/pretrain_recipe.h"

namespace paucal::pipeline {

struct Pretraining {
  int64_t images = 0, held_out = 0, passed_over = 0;
  int64_t steps = 0;
  double seconds = 0;            // of this process
  double before = 0, after = 0;  // auroc_of_pasted_places() of the held-out images

  bool helped() const { return after > before; }
};
Json to_json(const Pretraining& result);

// Images that cannot be decoded are named in the log and passed over. Throws Error: no images, more
// broken ones than data.max_broken, fewer than 4 left; a network without the stages.
Pretraining pretrain(const PretrainRecipe& recipe, const std::filesystem::path& out);

// Where it keeps what is not the weights.
std::filesystem::path pretrain_folder(const std::filesystem::path& out);

}  // namespace paucal::pipeline
