#include "edge/image/crop.h"

namespace paucal::edge {
namespace {

template <class T>
void copy_part(const std::vector<T>& from, std::vector<T>& to, size_t first, size_t stride,
               size_t row) {
  for (size_t i = 0; i < to.size(); i += row, first += stride)
    std::copy_n(from.begin() + static_cast<ptrdiff_t>(first), row,
                to.begin() + static_cast<ptrdiff_t>(i));
}

}  // namespace

Image cropped(const Image& image, int x, int y, int width, int height) {
  Image part(width, height, image.channels);
  const auto channels = static_cast<size_t>(image.channels);
  const size_t stride = static_cast<size_t>(image.width) * channels;
  const size_t first = static_cast<size_t>(y) * stride + static_cast<size_t>(x) * channels;
  const size_t row = static_cast<size_t>(width) * channels;
  copy_part(image.pixels, part.pixels, first, stride, row);
  if (!image.is_deep()) return part;
  part.deep.resize(part.pixels.size());
  copy_part(image.deep, part.deep, first, stride, row);
  return part;
}

}  // namespace paucal::edge
