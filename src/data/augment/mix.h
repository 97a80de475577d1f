#pragma once
// MixUp (Zhang et al., 2018) and CutMix (Yun et al., 2019) of two images, or of two targets.

#include <span>

#include "base/random.h"

namespace paucal::data {

// The share of the first, from Beta(alpha, alpha); 1 for alpha ≤ 0. `at_least_half` gives
// max(λ, 1 − λ): MixMatch's, so that the first stays the nearer one.
double mix_lambda(double alpha, bool at_least_half, Random& random);

// out = λ a + (1 − λ) b. Equal lengths; `out` may be `a` or `b`.
void mixup(std::span<const float> a, std::span<const float> b, double lambda, std::span<float> out);

// The part of the second image: half-open, in pixels, cut off at the border. `lambda` is the share
// of the first that is left, counted in pixels: the weight of its target.
struct CutMixBox {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  double lambda = 1;
};
CutMixBox cutmix_box(int width, int height, double alpha, Random& random);

// a and b: [channels, height, width], planar. `out` may be `a`.
void cutmix(std::span<const float> a, std::span<const float> b, int width, int height,
            const CutMixBox& box, std::span<float> out);

}  // namespace paucal::data
