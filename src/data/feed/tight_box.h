#pragma once
// Where an object ends by the picture alone: no model, no training.

#include <optional>

#include "edge/image/image.h"

namespace paucal::data {

// The box around what differs from its surroundings within `about` and a little around it: pixels
// farther from the local median than three standard deviations of the ring outside, the largest
// group of them. Image and boxes in the same pixels; channels are averaged. Nothing where the ring
// is too small to tell, or nothing differs. It misses the faint ends of an object, so single boxes
// are not to be relied upon; many tell by how much other boxes are too large.
std::optional<edge::Box> tight_box(const edge::Image& image, const edge::Box& about);

}  // namespace paucal::data
