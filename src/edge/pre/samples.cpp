#include "edge/pre/samples.h"

#include <algorithm>

#include "edge/image/deep.h"

namespace paucal::edge::formats {
namespace {

int largest_of(const Samples& samples) {
  const bool has_alpha = samples.channels % 2 == 0;
  int largest = 0;
  for (size_t i = 0; i < samples.values.size(); ++i)
    if (!has_alpha || (i + 1) % static_cast<size_t>(samples.channels) != 0)
      largest = std::max<int>(largest, samples.values[i]);
  return largest;
}

// From 0 … full to 0 … white. 64 bits: 65535² fits 32, and rounding would not.
unsigned scaled(unsigned value, unsigned full, unsigned white) {
  const uint64_t product = uint64_t{value} * white + full / 2;
  return static_cast<unsigned>(std::min<uint64_t>(white, product / full));
}

// Largest values: of a grey or colour sample, of alpha, and of what is written.
struct Whites {
  unsigned full, alpha, out;
};

template <class T>
void scale_over_white(const Samples& in, const Whites& white, T* out) {
  const size_t pixels = static_cast<size_t>(in.width) * static_cast<size_t>(in.height);
  const auto channels = static_cast<size_t>(in.channels), colours = channels - (channels % 2 == 0);
  for (size_t i = 0; i < pixels; ++i) {
    const uint16_t* sample = &in.values[i * channels];
    const uint64_t alpha =
        colours == channels ? white.out : scaled(sample[colours], white.alpha, white.out);
    for (size_t c = 0; c < colours; ++c) {
      const uint64_t value = scaled(sample[c], white.full, white.out);
      *out++ = static_cast<T>(
          (value * alpha + uint64_t{white.out} * (white.out - alpha) + white.out / 2) / white.out);
    }
  }
}

}  // namespace

Image to_image(const Samples& samples, const Request& request, DecodeNotes& notes) {
  Whites white{request.bits > 0 ? (1u << request.bits) - 1 : samples.white, samples.alpha_white,
               255};
  if (request.measure) notes.largest_of_16 = largest_of(samples);
  notes.full_of_16 = static_cast<int>(white.full);
  const int channels = samples.channels <= 2 ? 1 : 3;
  if (request.depth == 16) {
    white.out = kDeepWhite;
    std::vector<uint16_t> deep(samples.count() / static_cast<size_t>(samples.channels) *
                               static_cast<size_t>(channels));
    scale_over_white(samples, white, deep.data());
    return deep_image(samples.width, samples.height, channels, std::move(deep));
  }
  Image image(samples.width, samples.height, channels);
  scale_over_white(samples, white, image.pixels.data());
  return image;
}

void lay_over_white(const std::vector<uint8_t>& samples, int channels, Image& image) {
  const auto step = static_cast<size_t>(channels);
  uint8_t* out = image.pixels.data();
  for (size_t i = 0; i + step <= samples.size(); i += step)
    for (size_t c = 0; c + 1 < step; ++c)
      *out++ = over_white(samples[i + c], samples[i + step - 1]);
}

}  // namespace paucal::edge::formats
