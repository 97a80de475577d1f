#pragma once
// The predictions of tiles put together to that of their image: scores, maps across the seams,
// boxes that inner borders have cut.

#include "edge/post/join_pieces.h"
#include "edge/post/tiles.h"

namespace paucal::edge {

// The card and the image must outlive it.
class Mosaic {
 public:
  Mosaic(const ModelCard& card, const Fitted& whole) : card_(card), whole_(whole) {}

  // Fails where the network's cells do not divide the grid of tiles.
  std::optional<Failure> add(const Tile& tile, const RawPrediction& part);
  // Cells that no tile has covered, from a copy of the image that was made smaller by `shrink` and
  // has the same channels; none more than `most`.
  void fill(const RawPrediction& copy, int shrink, float most);
  // Of at least one tile.
  RawPrediction result();

 private:
  void begin(const RawPrediction& part);
  void add_scores(const std::vector<double>& scores);  // of a hidden tile: none
  void add_maps(const Tile& tile, const RawPrediction& part, int left, int top);
  void add_boxes(const Tile& tile, const RawPrediction& part);

  const ModelCard& card_;
  const Fitted& whole_;
  RawPrediction sum_;
  std::vector<int> margin_;  // of each cell: how far the tile's inner border is, in cells
  std::vector<Piece> pieces_;
  int count_ = 0;  // tiles with scores
};

}  // namespace paucal::edge
