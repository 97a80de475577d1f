#pragma once
// A made-up part for tests of poses.

#include <cmath>

#include "edge/image/image.h"
#include "edge/pre/align.h"

namespace paucal::edge {

// A bright plate of 60 × `across` with a dark print near one corner, centre and angle as `pose`
// says, on dark ground.
inline Image plate(const Pose& pose, int width = 160, int height = 140, double across = 30) {
  Image image(width, height, 1, 40);
  const double c = std::cos(pose.angle), s = std::sin(pose.angle);
  constexpr int kFine = 4;  // samples of a pixel, each way
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      int sum = 0;
      for (int i = 0; i < kFine * kFine; ++i) {
        const double px = x + (i % kFine + .5) / kFine - pose.x;
        const double py = y + (i / kFine + .5) / kFine - pose.y;
        const double u = px * c + py * s, v = py * c - px * s;
        const bool part = std::abs(u) < 30 && std::abs(v) < across / 2;
        const bool print = u > -24 && u < -12 && v > -10 && v < -4;
        sum += !part ? 40 : print ? 120 : 200;
      }
      image.at(x, y) = static_cast<uint8_t>(sum / (kFine * kFine));
    }
  return image;
}

}  // namespace paucal::edge
