#pragma once
// Flips, quarter turns and crops: pixels are moved, not computed. `in` and `out` are different
// images. For the geometry of each see the matching step of edge::Geometry.

#include "base/random.h"
#include "data/augment/buffer.h"

namespace paucal::data {

void flip_x(const edge::Image& in, edge::Image& out);  // mirrors left-right
void flip_y(const edge::Image& in, edge::Image& out);  // mirrors top-bottom
// By quarters · 90° counter-clockwise; negative and beyond 4 are fine.
void rotate_quarters(const edge::Image& in, int quarters, edge::Image& out);

// A window of the image's own size, `left` and `top` pixels in (negative: beyond the border),
// of the image mirrored at its borders; then flipped left-right if asked. The weak view in one
// pass: pad by p and crop at (x, y) is mirror_crop(in, x − p, y − p, …).
void mirror_crop(const edge::Image& in, int left, int top, bool flip, edge::Image& out);

struct CropBox {
  int x = 0, y = 0, width = 0, height = 0;
};

// A crop of `low` … `high` of the area and an aspect ratio of 3/4 … 4/3 (log-uniform), as
// Inception's (Szegedy et al., 2015) and torchvision's RandomResizedCrop: ten tries, then the
// largest central crop within the ratios.
CropBox random_crop_box(int width, int height, double low, double high, Random& random);

// The crop, resized as edge::resize(). Throws Error: a box that leaves the image.
edge::Image resized_crop(const edge::Image& in, const CropBox& box, int width, int height);

}  // namespace paucal::data
