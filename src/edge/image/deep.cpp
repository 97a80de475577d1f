#include "edge/image/deep.h"

#include <utility>

namespace paucal::edge {
namespace {

constexpr size_t kMostCounted = size_t{1} << 20;  // samples that tell dark from bright

// The values that a thousandth lies below, and above.
std::pair<unsigned, unsigned> range_of(const std::vector<uint16_t>& samples) {
  std::vector<uint32_t> histogram(kDeepWhite + 1);
  const size_t step = samples.size() / kMostCounted + 1;
  size_t count = 0;
  for (size_t i = 0; i < samples.size(); i += step, ++count) ++histogram[samples[i]];
  const size_t outside = count / 1000;
  unsigned low = 0, high = kDeepWhite;
  for (size_t below = histogram[low]; below <= outside && low < high;) below += histogram[++low];
  for (size_t above = histogram[high]; above <= outside && high > low;) above += histogram[--high];
  return {low, high};
}

}  // namespace

void show_deep(Image& image) {
  const auto [low, high] = range_of(image.deep);
  const unsigned range = std::max(1u, high - low);
  image.pixels.resize(image.deep.size());
  for (size_t i = 0; i < image.deep.size(); ++i) {
    const unsigned value = std::clamp<unsigned>(image.deep[i], low, high) - low;
    image.pixels[i] = static_cast<uint8_t>((value * 255 + range / 2) / range);
  }
}

Image deep_image(int width, int height, int channels, std::vector<uint16_t> samples) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.deep = std::move(samples);
  show_deep(image);
  return image;
}

Image deepened(Image image) {
  if (image.is_deep()) return image;
  image.deep.resize(image.pixels.size());
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.deep[i] = static_cast<uint16_t>(image.pixels[i] * 257);
  return image;
}

Image flattened(Image image) {
  if (!image.is_deep()) return image;
  for (size_t i = 0; i < image.deep.size(); ++i)
    image.pixels[i] = static_cast<uint8_t>((image.deep[i] + 128u) / 257);
  image.deep = {};
  return image;
}

}  // namespace paucal::edge
