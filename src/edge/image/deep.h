#pragma once
// Images of more than 8 bits (Image::deep), and their way to 8 bits and back.

#include "edge/image/image.h"

namespace paucal::edge {

inline constexpr int kDeepWhite = 65535;

// An image of these samples, rows × columns × channels of them, 0 to 65535. `pixels` show them.
Image deep_image(int width, int height, int channels, std::vector<uint16_t> samples);

// `pixels` anew from `deep`, for eyes: the darkest and the brightest thousandth become black and
// white. For what was written into `deep`.
void show_deep(Image& image);

// The same picture with `deep`: an 8-bit image gets its values × 257.
Image deepened(Image image);
// The same picture at 8 bits, values / 257 rounded, as a network reads it that was taught on such.
Image flattened(Image image);

// read(samples, white) with the samples that a network reads, and the largest value they may have.
template <class Read>
decltype(auto) with_samples(const Image& image, Read read) {
  return image.is_deep() ? read(image.deep.data(), kDeepWhite) : read(image.pixels.data(), 255);
}

}  // namespace paucal::edge
