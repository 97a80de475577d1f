#pragma once
// The part that a picture shows: the largest piece that stands out against the ground around it.

#include <cstdint>
#include <optional>
#include <vector>

#include "edge/image/image.h"

namespace paucal::edge {

// All lengths in pixels of the image that it was found in; angles in radians, from x towards y.
struct Part {
  Map grey;                       // the picture, shrunk, white being 1
  std::vector<uint8_t> mask;      // of its pixels
  double step_x = 1, step_y = 1;  // image pixels from one of its pixels to the next
  double ground = 0;              // mean of what is no part
  double x = 0, y = 0;            // the centre of mass of the mask
  // Main axis of the mask. Of its two ends the one towards which the part differs more from the
  // ground, by the third moment.
  double angle = 0;

  // visit(dx, dy, contrast) for each pixel of the part: from the centre, and grey − ground.
  template <class Visit>
  void each(const Visit& visit) const {
    for (int row = 0, i = 0; row < grey.height; ++row)
      for (int column = 0; column < grey.width; ++column, ++i)
        if (mask[static_cast<size_t>(i)])
          visit((column + .5) * step_x - x, (row + .5) * step_y - y,
                grey.values[static_cast<size_t>(i)] - ground);
  }
};

// Whether most of the border is on the dark side of Otsu's threshold (IEEE Trans. SMC 9, 1979).
bool stands_out_bright(const Image& image);

// The largest 4-connected piece on one side of Otsu's threshold; none where it covers less than
// 1 % of the image or more than 98 %, and in a picture of one level.
std::optional<Part> find_part(const Image& image, bool bright);

}  // namespace paucal::edge
