#pragma once
// Large images in line time: a look at a smaller copy first, then in full at those tiles alone that
// look doubtful there.
//
// Scores come from tiles seen in full, and the hottest one of the copy is always among them. So
// what is called NG is NG in full, too; a defect may be missed, whose chance held-out images bound
// (judge/choose_coarse.h). In an NG image tiles are seen in full as far as defects reach. The other
// tiles' heat is that of the copy, kept below what makes a box.

#include <span>

#include "edge/post/interpret.h"
#include "edge/post/tiles.h"

namespace paucal::edge {

// Whether predict_raw() looks at a copy first: the card says how, and the image has enough tiles
// for that to pay.
bool looks_coarsely(const ModelCard& card, const Image& fitted);

// The card for the copy: one pass, no boxes.
ModelCard card_of_copy(const ModelCard& card);
// The mean over squares of `shrink` × `shrink` pixels; smaller ones at the right and at the bottom.
Fitted shrunk_copy(const Fitted& whole, int shrink);

// Of each tile: the largest logit of any defect in the cells of a map that touch it; `cell_x`,
// `cell_y`: their sides in pixels of the image that the tiles are of.
std::vector<float> peaks_of(const Map& map, double cell_x, double cell_y,
                            std::span<const Tile> tiles);

// predict_raw() of an image for which looks_coarsely() holds.
Result<RawPrediction> predict_coarsely(const ModelCard& card, const Fitted& whole,
                                       const Crew& crew);

}  // namespace paucal::edge
