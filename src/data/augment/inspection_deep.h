#pragma once
// What augment_inspection() does to an image at full depth. Internal to it.

#include "data/augment/inspection.h"

namespace paucal::data {

// `in` warped by result.warp, then as `look` says: fills result.image and result.deep_light.
void augment_deep(const edge::Image& in, const Appearance& look, Random& random, Augmented& result);

// Hue turned by a share of the circle and colour against grey by a factor, as shift_hue() and
// saturate() do. Of three channels.
void change_deep_colour(edge::Image& image, double hue, double saturation);

}  // namespace paucal::data
