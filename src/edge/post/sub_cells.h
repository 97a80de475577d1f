#pragma once
// Class maps that are finer than the network's cells: each cell says r × r places, as channels of
// its own (sub-pixel convolution, Shi et al., CVPR 2016).

#include "edge/post/interpret.h"

namespace paucal::edge {

// [K · r², h, w] → [K, r · h, r · w]: channel (k · r + i) · r + j of cell (x, y) is place
// (r · x + j, r · y + i) of map k. `cells.channels` is a multiple of r².
Planes spread_cells(const Planes& cells, int r);

// [K, r · h, r · w] → [K, h, w]: the largest of each cell's places.
Planes cell_peaks(const Planes& map, int r);

}  // namespace paucal::edge
