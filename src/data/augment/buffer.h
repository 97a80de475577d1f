#pragma once
// Buffers that live from image to image, so that augmenting allocates nothing once warm.

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "edge/image/image.h"

namespace paucal::data {

// Give `image` this shape; its pixels are then unspecified. Capacity is kept.
inline void reshape(edge::Image& image, int width, int height, int channels) {
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.pixels.resize(static_cast<size_t>(width) * height * channels);
}

inline void reshape_like(edge::Image& image, const edge::Image& other) {
  reshape(image, other.width, other.height, other.channels);
}

// Every operation here takes 1 or 3 channels and at least one pixel.
inline void check_image(const char* place, const edge::Image& image) {
  if (image.width < 1 || image.height < 1 || (image.channels != 1 && image.channels != 3))
    fail(place, "image of {}x{} pixels and {} channels, expected at least 1x1 and 1 or 3",
         image.width, image.height, image.channels);
}

// One a thread. What it holds between calls has no meaning.
struct Scratch {
  edge::Image image;
  std::vector<uint16_t> row;
  std::vector<uint8_t> bytes;
};

}  // namespace paucal::data
