#pragma once
// The card that tests of post/ begin with.

#include "edge/post/card.h"

namespace paucal::edge {

// Inspection of grey images with one defect class.
inline ModelCard grey_inspection() {
  ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  card.input.channels = 1;
  return card;
}

}  // namespace paucal::edge
