#pragma once
// An image in memory, and the boxes that stand in its pixels.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace paucal::edge {

// Rows from the top, interleaved channels: 1 (grey) or 3 (RGB). No row padding.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<uint8_t> pixels;
  // The same picture at full depth, 0 to 65535, of as many samples as `pixels`, where a file has
  // more than 8 bits and they are kept (input.depth=16); empty otherwise. `pixels` then show it to
  // people, from its darkest to its brightest, and no network reads them: see image/deep.h. Who
  // changes pixels of such an image changes both.
  std::vector<uint16_t> deep;

  Image() = default;
  Image(int width, int height, int channels, uint8_t value = 0)
      : width(width),
        height(height),
        channels(channels),
        pixels(static_cast<size_t>(width) * height * channels, value) {}

  bool empty() const { return pixels.empty(); }
  bool is_deep() const { return !deep.empty(); }
  uint8_t* row(int y) { return pixels.data() + static_cast<size_t>(y) * width * channels; }
  const uint8_t* row(int y) const {
    return pixels.data() + static_cast<size_t>(y) * width * channels;
  }
  uint8_t& at(int x, int y, int c = 0) { return row(y)[x * channels + c]; }
  uint8_t at(int x, int y, int c = 0) const { return row(y)[x * channels + c]; }
};

// A map of floats: heat maps, masks of weights. Rows from the top.
struct Map {
  int width = 0;
  int height = 0;
  std::vector<float> values;

  Map() = default;
  Map(int width, int height, float value = 0)
      : width(width), height(height), values(static_cast<size_t>(width) * height, value) {}
  float& at(int x, int y) { return values[static_cast<size_t>(y) * width + x]; }
  float at(int x, int y) const { return values[static_cast<size_t>(y) * width + x]; }
};

// Half-open, in pixels of the original image: pixel (0, 0) alone is {0, 0, 1, 1}.
struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;

  float width() const { return std::max(0.f, x1 - x0); }
  float height() const { return std::max(0.f, y1 - y0); }
  float area() const { return width() * height(); }
  bool operator==(const Box&) const = default;
};

// Intersection over union; 0 where both are empty.
inline float iou(const Box& a, const Box& b) {
  const Box both{std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1),
                 std::min(a.y1, b.y1)};
  const float shared = both.area();
  const float total = a.area() + b.area() - shared;
  return total > 0 ? shared / total : 0;
}

struct ScoredBox {
  Box box;
  float score = 0;
  int label = 0;
};

}  // namespace paucal::edge
