#include "edge/pre/shrink.h"

namespace paucal::edge {
namespace {

// Sums of columns first: that loop is what vectors are good at.
template <class Sample>
void shrink_samples(const Sample* in, const Image& from, int factor, const Image& to, Sample* out) {
  const auto stride = static_cast<size_t>(from.width) * from.channels;
  const auto step = static_cast<size_t>(from.channels);
  std::vector<uint32_t> columns(stride);
  for (int y = 0; y < to.height; ++y) {
    const int rows = std::min(factor, from.height - y * factor);
    std::fill(columns.begin(), columns.end(), 0u);
    for (int row = 0; row < rows; ++row) {
      const Sample* line = in + static_cast<size_t>(y * factor + row) * stride;
      for (size_t i = 0; i < stride; ++i) columns[i] += line[i];
    }
    for (int x = 0; x < to.width; ++x) {
      const int width = std::min(factor, from.width - x * factor);
      const auto count = static_cast<uint32_t>(rows * width);
      const uint32_t* first = columns.data() + static_cast<size_t>(x * factor) * step;
      for (size_t c = 0; c < step; ++c) {
        uint32_t sum = count / 2;
        for (int i = 0; i < width; ++i) sum += first[static_cast<size_t>(i) * step + c];
        *out++ = static_cast<Sample>(sum / count);
      }
    }
  }
}

}  // namespace

Image shrunk(const Image& image, int factor) {
  if (factor == 1 || image.empty()) return image;
  Image small((image.width + factor - 1) / factor, (image.height + factor - 1) / factor,
              image.channels);
  shrink_samples(image.pixels.data(), image, factor, small, small.pixels.data());
  if (image.is_deep()) {
    small.deep.resize(small.pixels.size());
    shrink_samples(image.deep.data(), image, factor, small, small.deep.data());
  }
  return small;
}

}  // namespace paucal::edge
