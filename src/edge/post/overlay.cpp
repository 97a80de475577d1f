#include "edge/post/overlay.h"

#include <cmath>

#include "edge/pre/channels.h"
#include "edge/pre/resize.h"

namespace paucal::edge {
namespace {

// Evenly spaced; in between, linear.
constexpr std::array<Colour, 8> kAnchors{{{24, 8, 56},
                                          {78, 16, 110},
                                          {136, 22, 120},
                                          {194, 38, 96},
                                          {236, 72, 56},
                                          {252, 128, 24},
                                          {254, 190, 48},
                                          {252, 246, 150}}};

struct Ink {
  Colour colour;
  int opacity;  // 0 … 256
};

std::array<Ink, 256> ink_table(float alpha) {
  std::array<Ink, 256> table;
  for (int i = 0; i < 256; ++i) {
    const float heat = static_cast<float>(i) / 255;
    const float t = std::clamp((heat - 0.1f) / 0.4f, 0.f, 1.f);
    const float opacity = std::clamp(alpha, 0.f, 1.f) * t * t * (3 - 2 * t);
    table[i] = {heat_colour(heat), static_cast<int>(std::lround(256 * opacity))};
  }
  return table;
}

int heat_index(float heat) {
  return heat > 0 ? static_cast<int>(std::min(heat, 1.f) * 255 + 0.5f) : 0;  // NaN is 0
}

// A range of pixels, cut to what exists; far-off and infinite values are safe to cast then.
struct PixelRange {
  int begin, end;
};
PixelRange pixel_range(double begin, double end, int size) {
  return {static_cast<int>(std::clamp(begin, 0.0, static_cast<double>(size))),
          static_cast<int>(std::clamp(end, 0.0, static_cast<double>(size)))};
}

void fill(Image& image, PixelRange xs, PixelRange ys, const Colour& colour) {
  for (int y = ys.begin; y < ys.end; ++y)
    for (int x = xs.begin; x < xs.end; ++x)
      for (int c = 0; c < image.channels; ++c)
        image.at(x, y, c) = image.channels == 1 ? luma(colour[0], colour[1], colour[2]) : colour[c];
}

}  // namespace

Colour heat_colour(float heat) {
  const float position = (heat > 0 ? std::min(heat, 1.f) : 0.f) * (kAnchors.size() - 1);
  const size_t low = std::min(static_cast<size_t>(position), kAnchors.size() - 2);
  const float share = position - static_cast<float>(low);
  Colour colour;
  for (int c = 0; c < 3; ++c)
    colour[c] = static_cast<uint8_t>(std::lround(
        static_cast<float>(kAnchors[low][c]) * (1 - share) + kAnchors[low + 1][c] * share));
  return colour;
}

Image overlay_heat(const Image& image, const Map& heat01, float alpha) {
  Image result = with_channels(image, 3);
  if (result.empty() || heat01.values.empty()) return result;
  const Map heat = resize(heat01, image.width, image.height);
  const auto table = ink_table(alpha);
  for (size_t i = 0; i < heat.values.size(); ++i) {
    const Ink& ink = table[heat_index(heat.values[i])];
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& value = result.pixels[3 * i + c];
      value = static_cast<uint8_t>(
          (value * (256 - ink.opacity) + ink.colour[c] * ink.opacity + 128) >> 8);
    }
  }
  return result;
}

void draw_box(Image& image, const Box& box, const Colour& colour, int thickness) {
  for (const float side : {box.x0, box.y0, box.x1, box.y1})
    if (std::isnan(side)) return;
  const double left = std::floor(box.x0), right = std::ceil(box.x1);
  const double top = std::floor(box.y0), bottom = std::ceil(box.y1);
  const PixelRange outer_x = pixel_range(left - thickness, right + thickness, image.width);
  const PixelRange inner_y = pixel_range(top, bottom, image.height);
  fill(image, outer_x, pixel_range(top - thickness, top, image.height), colour);
  fill(image, outer_x, pixel_range(bottom, bottom + thickness, image.height), colour);
  fill(image, pixel_range(left - thickness, left, image.width), inner_y, colour);
  fill(image, pixel_range(right, right + thickness, image.width), inner_y, colour);
}

}  // namespace paucal::edge
