#pragma once
// Large images as a bag of tiles: each goes through the network alone, so memory does not grow with
// the image; maps and boxes are put together again across the seams.

#include <span>

#include "edge/post/interpret.h"

namespace paucal::edge {

struct Tile {
  int x = 0, y = 0, width = 0, height = 0;
};
// Row by row; together they cover the fitted image. Tiles begin at multiples of options.multiple;
// those at the right and at the bottom may be narrower.
std::vector<Tile> plan_tiles(int width, int height, const PreprocessOptions& options);
// How many that are.
size_t count_tiles(int width, int height, const PreprocessOptions& options);

// A person's word on tiles, where there is one, in place of the model's. Fails, and changes
// nothing, where it does not fit the network's input (check() of edge/pre/preprocess.h).
std::optional<Failure> choose_tiles(PreprocessOptions& input, std::optional<int> side,
                                    std::optional<int> overlap);

// Whether a fitted image is larger than a tile.
bool in_tiles(const Image& fitted, const PreprocessOptions& options);
// `tile`, which lies within the image, as an image that is seen as a whole.
Fitted cut_out(const Fitted& whole, const Tile& tile);

// predict_view() of tiles, side by side; in the order of `tiles`. Fails with the first that fails.
Result<std::vector<RawPrediction>> look_at(const ModelCard& card, const Fitted& whole,
                                           std::span<const Tile> tiles, const Crew& crew);

// predict_raw() of an image that is seen in tiles, all of them or, where the card has a bound for
// that, those that look doubtful in a smaller copy (coarse.h).
//   scores   inspection: of the surest tile, as of a bag; classification: the mean over tiles; of
//            tiles in which something counts (predict_view())
//   maps     of the tile whose inner border is farthest: what lies there has seen most around it
//   boxes    a box that an inner border cuts is joined with what the neighbour sees of it
// Fails as predict_raw() does, and where the options do not fit (check() of edge/pre/preprocess.h).
Result<RawPrediction> predict_tiled(const ModelCard& card, const Fitted& whole, const Crew& crew);

}  // namespace paucal::edge
