#pragma once
// Operations that look at neighbours, and noise.

#include <span>

#include "base/random.h"
#include "data/augment/buffer.h"

namespace paucal::data {

// PIL's ImageEnhance.Sharpness: the blend with the image smoothed by (1 1 1; 1 5 1; 1 1 1) / 13,
// within 1. Border pixels stay. 0 ≤ factor < 8. `in` and `out` are different images.
void sharpen(const edge::Image& in, double factor, edge::Image& out, Scratch& scratch);

// Gaussian blur with standard deviation `sigma` in pixels, cut at 3 sigma, mirrored at the border.
// sigma ≤ 0.1 changes nothing. `in` and `out` are different images.
void gaussian_blur(const edge::Image& in, double sigma, edge::Image& out, Scratch& scratch);

// Adds independent normal noise of standard deviation `sigma` in grey levels (to 1/16) to every
// channel. In place.
void gaussian_noise(edge::Image& image, double sigma, Random& random);

// The same, of any `sigma` and unrounded, on samples of any scale.
void gaussian_noise(std::span<float> samples, double sigma, Random& random);

}  // namespace paucal::data
