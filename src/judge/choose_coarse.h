#pragma once
// Whether a smaller copy of large images may tell which tiles are looked at in full
// (edge/post/coarse.h), by held-out images that are larger than a tile.

#include <optional>

#include "edge/post/card.h"
#include "judge/known_images.h"
#include "judge/raw_source.h"

namespace paucal::judge {

// A tile is needed where it shows, in an image that is called NG, what makes it NG or where a box
// begins. The bound lies below the peaks of all needed tiles in the copy, lower than the lowest by
// a quarter of its distance to the median. The copy is chosen, of those at full, half and quarter
// size, that leaves the least to look at in OK images. Nothing where that spares less than 30 %,
// where fewer than kFewestNg images in tiles are called NG, or where the card forbids it.
//
// What it promises: the peaks of a further image's tiles lie below those of n others with a chance
// of at most 1 / (n + 1), as all orders of exchangeable images are as likely; see missed_95().
//
// `held`: calibrated; `of_copy`: the network in one pass, on a copy.
constexpr int64_t kFewestNg = 5;
std::optional<edge::CoarseLook> choose_coarse(const edge::ModelCard& card, const HeldOut& held,
                                              const RawOfImage& of_copy);

// The share of NG images that 95 of 100 draws of the held-out ones stay below: of n NG images, none
// of which was missed, 1 - .05^(1 / n).
double missed_95(const edge::CoarseLook& coarse);

}  // namespace paucal::judge
