#pragma once
// What features are worth, without any label: a memory of images as they are, shown other images
// with pasted defects, tells how well places with a defect stand out from places without.

#include <vector>

#include "data/augment/paste.h"
#include "data/feed/image_cache.h"
#include "models/image_model.h"
#include "weak/one_class/options.h"

namespace paucal::pipeline {

struct PastedPlaces {
  const std::vector<int>& known;     // numbers of images that the memory sees; few are enough
  const std::vector<int>& held_out;  // others
  data::ImageCache& cache;
  const edge::PreprocessOptions& input;
  const data::PasteOptions& paste;
  weak::OneClassOptions memory;  // what describes a place
  uint64_t seed = 0;             // the same defects for the same seed
};

// AUROC of the places of all held-out images: those that a defect covers against those that it does
// not touch. .5: nothing is told apart. The network is left as it is, in evaluation mode.
double auroc_of_pasted_places(models::ImageModel& network, const PastedPlaces& images);

}  // namespace paucal::pipeline
