#pragma once
// Pictures for people: heat over the image, frames around boxes.

#include <array>

#include "edge/image/image.h"

namespace paucal::edge {

using Colour = std::array<uint8_t, 3>;  // RGB

// Dark violet over red to light yellow. Lightness rises steadily, so that more looks like more,
// also in grey print and to colour-blind eyes. `heat` from 0 to 1; what is outside is clamped.
Colour heat_colour(float heat);

// The image (grey or RGB) as RGB under the heat. `heat01`: 0 … 1, any size, resized to the image.
// Below 0.1 nothing is drawn; opacity rises smoothly to `alpha` at 0.5.
Image overlay_heat(const Image& image, const Map& heat01, float alpha = 0.6f);

// A frame of `thickness` pixels just outside the box, so that what is inside stays visible;
// clipped to the image. Grey images get the colour's luma.
void draw_box(Image& image, const Box& box, const Colour& colour, int thickness = 2);

}  // namespace paucal::edge
