#pragma once
// Light on images of more than 8 bits. What such a camera sees may fill a few of its 65,536 levels,
// so brightness, contrast and gamma, which are shares of black to white, go by the image's own
// spread: four standard deviations below its mean is black, four above it white, as in a photograph
// of 8 bits whose standard deviation is 32 levels. Noise is in the same levels.

#include "edge/pre/preprocess.h"

namespace paucal::data {

class DeepLight {
 public:
  DeepLight(const edge::ImageMoments& of_image, double brightness, double contrast, double gamma)
      : black_(of_image.mean - kReach * of_image.std),
        range_(2 * kReach * of_image.std),
        brightness_(brightness),
        contrast_(contrast),
        gamma_(gamma) {}

  // What becomes of a value, white of the file being 1; not bounded by it.
  double operator()(double value) const;
  // A level of 256, and the middle of them, as values.
  double level() const { return range_ / 256; }
  double middle() const { return black_ + range_ / 2; }

 private:
  static constexpr double kReach = 4;

  double black_, range_;
  double brightness_, contrast_, gamma_;
};

}  // namespace paucal::data
