#pragma once
// Boxes that the borders of tiles have cut, joined again.

#include <vector>

#include "edge/image/image.h"

namespace paucal::edge {

// A box, and which of its sides an inner border of its tile cuts.
struct Piece {
  ScoredBox found;
  bool left = false, top = false, right = false, bottom = false;
  bool cut() const { return left || top || right || bottom; }
};

// Whether two pieces are of one object: they have one label, one of them is cut, and one lies
// mostly within the other, or they face each other across a seam.
bool of_one_object(const Piece& a, const Piece& b);

// Joins pieces until none fit together: a piece takes those after it, in their order. The box
// becomes that around both, the score the higher one. About n log n for pieces of the size of
// tiles.
std::vector<Piece> join_pieces(std::vector<Piece> pieces);

}  // namespace paucal::edge
