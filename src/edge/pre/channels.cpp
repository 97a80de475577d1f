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

template <int kChannels, class T>
void copy_walking(const T* samples, const Walk& walk, const Image& to, T* out) {
  for (int y = 0; y < to.height; ++y) {
    const T* in = samples + (walk.start + y * walk.step_y) * kChannels;
    for (int x = 0; x < to.width; ++x)
      for (int c = 0; c < kChannels; ++c) *out++ = in[x * walk.step_x * kChannels + c];
  }
}

template <class T>
std::vector<T> oriented_samples(const std::vector<T>& in, const Walk& walk, const Image& to) {
  std::vector<T> out(in.size());
  if (in.empty()) return out;
  if (to.channels == 1)
    copy_walking<1>(in.data(), walk, to, out.data());
  else
    copy_walking<3>(in.data(), walk, to, out.data());
  return out;
}

template <class T>
std::vector<T> channels_of(const std::vector<T>& in, int from, int to) {
  const size_t count = in.size() / static_cast<size_t>(from);
  std::vector<T> out(count * static_cast<size_t>(to));
  for (size_t i = 0; i < count; ++i)
    if (to == 1)
      out[i] = static_cast<T>(luma(in[3 * i], in[3 * i + 1], in[3 * i + 2]));
    else
      out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = in[i];
  return out;
}

}  // namespace

Image with_channels(Image image, int channels) {
  if (image.channels == channels) return image;
  if (image.empty()) return Image(image.width, image.height, channels);
  image.pixels = channels_of(image.pixels, image.channels, channels);
  if (image.is_deep()) image.deep = channels_of(image.deep, image.channels, channels);
  image.channels = channels;
  return image;
}

Image oriented(const Image& image, int orientation) {
  const bool swapped = orientation >= 5;
  Image result;
  result.width = swapped ? image.height : image.width;
  result.height = swapped ? image.width : image.height;
  result.channels = image.channels;
  const Walk walk = walk_of(orientation, image.width, image.height);
  result.pixels = oriented_samples(image.pixels, walk, result);
  result.deep = oriented_samples(image.deep, walk, result);
  return result;
}

}  // namespace paucal::edge
