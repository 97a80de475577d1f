#pragma once
// The rules across the fields of a model file. Readers bound each field alone (card_from_json(),
// which also holds the fields of the pre-processing together, and validate()); what one field
// promises of another is checked here and nowhere else: a hostile file may keep every bound and
// still name a class that it lacks.
//
//   card    heat_low < heat_high; a detector's classes are the card's; no class name twice; images
//           that hold the region of interest, or have the size of the mask, may be read
//   ends    one image in, with the channels of the pre-processing; out, all f32 and row-major: the
//           class maps and those of a detector, logits and deltas of each level, or regions,
//           deltas and probabilities
//   sizes   for one canvas: channels of the maps, maps that fit the canvas, levels that fit their
//           strides, regions that fit the canvas, tiles that begin at whole cells

#include <optional>

#include "base/result.h"
#include "edge/graph/graph.h"
#include "edge/post/card.h"

namespace paucal::edge {

// What contradicts what; nothing where the model may be run. `card` is of card_from_json(), `graph`
// has passed validate(). Sizes other than those tried here are checked as each image is predicted.
std::optional<Failure> check(const ModelCard& card, const Graph& graph);

}  // namespace paucal::edge
