#include "data/augment/cutout.h"

#include <algorithm>
#include <cstring>

namespace paucal::data {

void cutout(edge::Image& image, int side, const std::array<uint8_t, 3>& colour, Random& random) {
  const double centre_x = random.uniform(0, image.width);
  const double centre_y = random.uniform(0, image.height);
  if (side < 1) return;
  const int x0 = static_cast<int>(std::max(0.0, centre_x - side / 2.0));
  const int y0 = static_cast<int>(std::max(0.0, centre_y - side / 2.0));
  const int width = std::min(side, image.width - x0);
  const int y1 = std::min(image.height, y0 + side);
  const size_t bytes = static_cast<size_t>(width) * image.channels;
  uint8_t* first = image.row(y0) + static_cast<size_t>(x0) * image.channels;
  for (int x = 0; x < width; ++x)
    std::memcpy(first + static_cast<size_t>(x) * image.channels, colour.data(), image.channels);
  for (int y = y0 + 1; y < y1; ++y)
    std::memcpy(image.row(y) + static_cast<size_t>(x0) * image.channels, first, bytes);
}

}  // namespace paucal::data
