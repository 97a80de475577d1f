#include "data/augment/colour.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "data/augment/blend.h"
#include "data/augment/simd.h"
#include "data/augment/statistics.h"

namespace paucal::data {
namespace {

// PIL blends in single precision; the products are exact in double, so the two roundings are put
// where PIL has them, whatever the machine fuses.
uint8_t pil_blend(int degenerate, int value, double factor) {
  const auto step = static_cast<float>(double{static_cast<float>(factor)} * (value - degenerate));
  const auto sum = static_cast<float>(double{step} + degenerate);
  return static_cast<uint8_t>(std::clamp(sum, 0.f, 255.f));
}

template <class F>
void fill_table(Lut::Table& table, F value) {
  for (int i = 0; i < 256; ++i) table[i] = static_cast<uint8_t>(value(i));
}

PAUCAL_SIMD void blend_grey(uint8_t* rgb, const uint8_t* grey, size_t count, int16_t weight) {
  for (size_t i = 0; i < count; ++i) {
    const int g = grey[i];
    rgb[3 * i] = blend(g, rgb[3 * i], weight);
    rgb[3 * i + 1] = blend(g, rgb[3 * i + 1], weight);
    rgb[3 * i + 2] = blend(g, rgb[3 * i + 2], weight);
  }
}

// One pixel's hue turned by `turn` of kCircle steps; value and saturation stay.
constexpr int kSextant = 256;
constexpr int kCircle = 6 * kSextant;

void turn_pixel(uint8_t* p, int turn) {
  const int high = std::max({p[0], p[1], p[2]});
  const int low = std::min({p[0], p[1], p[2]});
  const int range = high - low;
  if (range == 0) return;
  int hue;  // Smith's hexcone (1978), in steps
  if (p[0] == high)
    hue = (p[1] - p[2]) * kSextant / range;
  else if (p[1] == high)
    hue = 2 * kSextant + (p[2] - p[0]) * kSextant / range;
  else
    hue = 4 * kSextant + (p[0] - p[1]) * kSextant / range;
  hue = (hue + turn + 2 * kCircle) % kCircle;
  for (int c = 0; c < 3; ++c) {
    // Distance from the channel's own hue: full within one sextant, none beyond two.
    const int away =
        std::abs((hue - 2 * kSextant * c + kCircle + kCircle / 2) % kCircle - kCircle / 2);
    const int share = std::clamp(2 * kSextant - away, 0, kSextant);
    p[c] = static_cast<uint8_t>(low + (range * share + kSextant / 2) / kSextant);
  }
}

}  // namespace

Lut brightness_lut(double factor) {
  return contrast_lut(factor, 0);
}

Lut contrast_lut(double factor, int mean_grey) {
  Lut lut;
  fill_table(lut.table[0], [&](int v) { return pil_blend(mean_grey, v, factor); });
  return lut;
}

Lut gamma_lut(double gamma) {
  Lut lut;
  fill_table(lut.table[0], [&](int v) { return int(255.999 * std::pow(v / 255.0, gamma)); });
  return lut;
}

Lut posterize_lut(int bits) {
  const int mask = 256 - (1 << (8 - std::clamp(bits, 0, 8)));
  Lut lut;
  fill_table(lut.table[0], [&](int v) { return v & mask; });
  return lut;
}

Lut solarize_lut(double threshold) {
  Lut lut;
  fill_table(lut.table[0], [&](int v) { return v < threshold ? v : 255 - v; });
  return lut;
}

Lut autocontrast_lut(const edge::Image& image) {
  const Extrema range = extrema(image);
  Lut lut;
  lut.tables = image.channels;
  for (int c = 0; c < image.channels; ++c) {
    const int low = range.low[c], high = range.high[c];
    const double scale = high > low ? 255.0 / (high - low) : 1;
    const double offset = high > low ? -low * scale : 0;
    fill_table(lut.table[c],
               [&](int v) { return std::clamp(static_cast<int>(v * scale + offset), 0, 255); });
  }
  return lut;
}

Lut equalize_lut(const edge::Image& image) {
  const Histogram counts = histogram(image);
  const auto pixels = static_cast<uint32_t>(image.pixels.size() / image.channels);
  Lut lut;
  lut.tables = image.channels;
  for (int c = 0; c < image.channels; ++c) {
    int last = 255;
    while (counts[c][last] == 0) --last;
    const uint32_t step = (pixels - counts[c][last]) / 255;
    uint32_t sum = step / 2;
    fill_table(lut.table[c], [&](int v) {
      if (step == 0) return static_cast<uint32_t>(v);
      const uint32_t value = std::min(sum / step, 255u);
      sum += counts[c][v];
      return value;
    });
  }
  return lut;
}

void saturate(edge::Image& image, double factor, Scratch& scratch) {
  if (image.channels != 3) return;
  const size_t pixels = image.pixels.size() / 3;
  scratch.bytes.resize(pixels);
  luma(image.pixels.data(), scratch.bytes.data(), pixels);
  blend_grey(image.pixels.data(), scratch.bytes.data(), pixels, blend_weight(factor));
}

void shift_hue(edge::Image& image, double turn) {
  if (image.channels != 3) return;
  const int steps = static_cast<int>(std::lround(std::clamp(turn, -1.0, 1.0) * kCircle));
  for (size_t i = 0; i < image.pixels.size(); i += 3) turn_pixel(&image.pixels[i], steps);
}

void colour_jitter(edge::Image& image, const JitterOptions& options, Random& random,
                   Scratch& scratch) {
  std::array<int, 4> order{0, 1, 2, 3};
  for (int i = 3; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  const auto factor = [&](double spread) { return random.uniform(1 - spread, 1 + spread); };
  for (const int step : order) {
    if (step == 0 && options.brightness > 0)
      apply_lut(brightness_lut(factor(options.brightness)), image, image);
    if (step == 1 && options.contrast > 0)
      apply_lut(contrast_lut(factor(options.contrast), mean_grey(image)), image, image);
    if (step == 2 && options.saturation > 0) saturate(image, factor(options.saturation), scratch);
    if (step == 3 && options.hue > 0) shift_hue(image, random.uniform(-options.hue, options.hue));
  }
}

}  // namespace paucal::data
