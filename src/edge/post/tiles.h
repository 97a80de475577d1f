#pragma once
// Large images as a bag of tiles: each goes through the network alone, so memory does not grow with
// the image; maps and boxes are put together again across the seams.

#include "edge/post/interpret.h"

namespace paucal::edge {

// Sides in pixels of the network's scale (PreprocessOptions::scale).
struct TileOptions {
  int size = 0;  // 0: the image as a whole
  int overlap = 64;
};

struct Tile {
  int x = 0, y = 0, width = 0, height = 0;
};
// Row by row; together they cover the image. Tiles begin at multiples of `grid`, which divides
// options.size; those at the right and at the bottom may be narrower.
std::vector<Tile> plan_tiles(int width, int height, const TileOptions& options, int grid);

// Brightness and contrast are measured on the whole image, so that an OK tile is not stretched.
//   scores   inspection: of the surest tile, as of a bag; classification: the mean over tiles
//   maps     of the tile whose inner border is farthest: what lies there has seen most around it
//   boxes    a box that an inner border cuts is joined with what the neighbour sees of it
// An image of one tile goes through predict_raw(). Fails like that, and where the options do not
// fit the network's input: fit other than native, size no multiple of its `multiple`, an overlap
// below 0 or of more than half a tile.
Result<RawPrediction> predict_tiled(const ModelCard& card, Image image, const TileOptions& options,
                                    const Network& network);

}  // namespace paucal::edge
