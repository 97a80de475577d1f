#pragma once
// Whether the places that the map shows are those that decide: parts of OK images in NG ones, and
// the other way round. Nobody's truth is needed.

#include <array>
#include <functional>

#include "data/feed/image_cache.h"
#include "judge/raw_source.h"
#include "judge/reasons.h"

namespace paucal::judge {

struct ReasonSources {
  RawSource of_record;
  // Of an image that shows a part of the OK image `donor`. A memory must not know that one.
  std::function<RawPrediction(const edge::Fitted& image, int donor)> of_filled;
  // Of a record: the class map and the memory's map, each alone. Empty where there is one kind.
  std::function<std::array<edge::Map, 2>(int record)> evidence = {};
};

// Looks at up to 24 images that are called NG: NG images of the validation split, then those of the
// test split, whatever their label, then NG images of the training split. Donors are OK images of
// the validation and the training split that are called OK: of the same size before others, and the
// one that differs least outside the hot places. An inspection's card.
Reasons find_reasons(const edge::ModelCard& card, const data::Dataset& dataset,
                     data::ImageCache& cache, const ReasonSources& sources, uint64_t seed);

}  // namespace paucal::judge
