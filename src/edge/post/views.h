#pragma once
// What predict_raw() shows to the network of one image, known beforehand: the views of several
// images can then go through a network as one batch.

#include <span>

#include "edge/post/interpret.h"
#include "edge/post/tiles.h"

namespace paucal::edge {

struct Flip {
  bool x = false, y = false;
};
// How each canvas is shown: as it is, and mirrored where the card averages over mirrored images.
std::span<const Flip> flips_of(const ModelCard& card);
Planes flipped(const Planes& planes, Flip flip);

// The network's input for an image, or a tile of one, that is seen as a whole.
Planes canvas_of(const ModelCard& card, const Fitted& fitted);

// One call of the network by predict_raw().
struct View {
  Planes canvas;
  int valid_width = 0, valid_height = 0;  // the image, at the top left before it was mirrored
  Flip flip;
};

// In the order of predict_raw()'s calls: tile by tile, each as it is and then mirrored. The card
// and the image must outlive it.
class Views {
 public:
  Views(const ModelCard& card, const Fitted& fitted);
  size_t count() const;
  View at(size_t number) const;

 private:
  const ModelCard& card_;
  const Fitted& fitted_;
  std::vector<Tile> tiles_;  // empty: seen as a whole
};

}  // namespace paucal::edge
