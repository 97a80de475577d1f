#include "edge/pre/channels.h"

namespace paucal::edge {
namespace {

// The steps through the source, in pixels, as x and y grow in the result.
struct Walk {
  ptrdiff_t start, step_x, step_y;
};

Walk walk_of(int orientation, ptrdiff_t w, ptrdiff_t h) {
  const ptrdiff_t last_row = (h - 1) * w;
  switch (orientation) {
    case 2:
      return {w - 1, -1, w};  // mirrored
    case 3:
      return {last_row + w - 1, -1, -w};  // upside down
    case 4:
      return {last_row, 1, -w};  // mirrored, upside down
    case 5:
      return {0, w, 1};  // transposed
    case 6:
      return {last_row, -w, 1};  // needs a quarter turn clockwise
    case 7:
      return {last_row + w - 1, -w, -1};  // transposed along the other diagonal
    case 8:
      return {w - 1, w, -1};  // needs a quarter turn anticlockwise
    default:
      return {0, 1, w};
  }
}

template <int kChannels>
void copy_walking(const Image& from, const Walk& walk, Image& to) {
  for (int y = 0; y < to.height; ++y) {
    const uint8_t* in = from.pixels.data() + (walk.start + y * walk.step_y) * kChannels;
    uint8_t* out = to.row(y);
    for (int x = 0; x < to.width; ++x)
      for (int c = 0; c < kChannels; ++c)
        out[x * kChannels + c] = in[x * walk.step_x * kChannels + c];
  }
}

}  // namespace

Image with_channels(Image image, int channels) {
  if (image.channels == channels) return image;
  Image result(image.width, image.height, channels);
  const size_t count = static_cast<size_t>(image.width) * image.height;
  const uint8_t* in = image.pixels.data();
  uint8_t* out = result.pixels.data();
  if (channels == 1) {
    for (size_t i = 0; i < count; ++i) out[i] = luma(in[3 * i], in[3 * i + 1], in[3 * i + 2]);
  } else {
    for (size_t i = 0; i < count; ++i) out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = in[i];
  }
  return result;
}

Image oriented(const Image& image, int orientation) {
  const bool swapped = orientation >= 5;
  Image result(swapped ? image.height : image.width, swapped ? image.width : image.height,
               image.channels);
  const Walk walk = walk_of(orientation, image.width, image.height);
  if (image.channels == 1) {
    copy_walking<1>(image, walk, result);
  } else {
    copy_walking<3>(image, walk, result);
  }
  return result;
}

}  // namespace paucal::edge
