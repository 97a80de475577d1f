#pragma once
// Where the defects of large NG images are, as the network sees them while it is being trained: of
// the many tiles of such an image the label tells that one at least shows a defect, and the network
// picks it (Campanella et al., Nature Medicine 2019: "the top-ranked tiles").

#include <ATen/core/Tensor.h>

#include <vector>

#include "data/feed/image_cache.h"
#include "data/feed/window.h"
#include "judge/trained_model.h"

namespace paucal::judge {

// For the NG training images that are seen in tiles and have no boxes: [n, 3] float, rows of record
// number, x and y in pixels of the fitted image. Each image gives its highest place, and up to
// three more, half a tile apart, that are hotter than nearly all OK images are anywhere.
at::Tensor find_defect_places(const TrainedModel& model, const data::Dataset& dataset,
                              data::ImageCache& cache);

// The same by record. Throws Error where a checkpoint holds something else.
std::vector<std::vector<data::Place>> places_by_record(const at::Tensor& places, size_t records);

}  // namespace paucal::judge
