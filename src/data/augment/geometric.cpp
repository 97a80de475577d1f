#include "data/augment/geometric.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/augment/border.h"
#include "data/augment/simd.h"
#include "edge/pre/resize.h"

namespace paucal::data {
namespace {

using Bytes16 [[gnu::vector_size(16)]] = uint8_t;

// `count` RGB pixels in reverse order. Five go in one shuffle: 16 bytes are read from one byte
// before them, and the 16th byte written is overwritten by what follows.
PAUCAL_SIMD void reverse_rgb(const uint8_t* in, uint8_t* out, int count) {
  const uint8_t* from = in + 3 * count;
  for (; count >= 6; count -= 5, out += 15) {
    Bytes16 five;
    from -= 15;
    std::memcpy(&five, from - 1, 16);
    five =
        __builtin_shufflevector(five, five, 13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, 0);
    std::memcpy(out, &five, 16);
  }
  for (; count > 0; --count, out += 3) {
    from -= 3;
    std::memcpy(out, from, 3);
  }
}

PAUCAL_SIMD void reverse_grey(const uint8_t* in, uint8_t* out, int count) {
  for (int i = 0; i < count; ++i) out[i] = in[count - 1 - i];
}

void reverse(const uint8_t* in, uint8_t* out, int count, int channels) {
  if (channels == 3)
    reverse_rgb(in, out, count);
  else
    reverse_grey(in, out, count);
}

}  // namespace

void flip_x(const edge::Image& in, edge::Image& out) {
  reshape_like(out, in);
  for (int y = 0; y < in.height; ++y) reverse(in.row(y), out.row(y), in.width, in.channels);
}

void flip_y(const edge::Image& in, edge::Image& out) {
  reshape_like(out, in);
  const size_t stride = static_cast<size_t>(in.width) * in.channels;
  for (int y = 0; y < in.height; ++y) std::memcpy(out.row(y), in.row(in.height - 1 - y), stride);
}

void rotate_quarters(const edge::Image& in, int quarters, edge::Image& out) {
  const int turns = ((quarters % 4) + 4) % 4;
  const bool upright = turns % 2 == 0;
  reshape(out, upright ? in.width : in.height, upright ? in.height : in.width, in.channels);
  const int w = in.width, h = in.height;
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      const int from_x = turns == 0 ? x : turns == 1 ? w - 1 - y : turns == 2 ? w - 1 - x : y;
      const int from_y = turns == 0 ? y : turns == 1 ? x : turns == 2 ? h - 1 - y : h - 1 - x;
      std::memcpy(&out.at(x, y), in.row(from_y) + from_x * in.channels, in.channels);
    }
}

void mirror_crop(const edge::Image& in, int left, int top, bool flip, edge::Image& out) {
  reshape_like(out, in);
  const int channels = in.channels, width = in.width;
  // [begin, end) of the window's columns lie inside the image.
  const int begin = std::clamp(-left, 0, width), end = std::clamp(width - left, begin, width);
  for (int y = 0; y < in.height; ++y) {
    const uint8_t* from = in.row(static_cast<int>(mirror(int64_t{top} + y, in.height)));
    uint8_t* to = out.row(y);
    const auto edge_pixel = [&](int x) {
      const int64_t source = mirror(int64_t{left} + x, width);
      std::memcpy(to + (flip ? width - 1 - x : x) * channels, from + source * channels, channels);
    };
    if (begin < end) {
      const uint8_t* run = from + (left + begin) * channels;
      if (flip)
        reverse(run, to + (width - end) * channels, end - begin, channels);
      else
        std::memcpy(to + begin * channels, run, (end - begin) * channels);
    }
    for (int x = 0; x < begin; ++x) edge_pixel(x);
    for (int x = std::max(begin, end); x < width; ++x) edge_pixel(x);
  }
}

CropBox random_crop_box(int width, int height, double low, double high, Random& random) {
  const double area = static_cast<double>(width) * height;
  for (int i = 0; i < 10; ++i) {
    const double target = area * random.uniform(low, high);
    const double ratio = std::exp(random.uniform(std::log(3.0 / 4), std::log(4.0 / 3)));
    const int w = static_cast<int>(std::lround(std::sqrt(target * ratio)));
    const int h = static_cast<int>(std::lround(std::sqrt(target / ratio)));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const int x = static_cast<int>(random.between(0, width - w));
    const int y = static_cast<int>(random.between(0, height - h));
    return {x, y, w, h};
  }
  const double ratio = std::clamp(static_cast<double>(width) / height, 3.0 / 4, 4.0 / 3);
  const int w = std::clamp(static_cast<int>(std::lround(height * ratio)), 1, width);
  const int h = std::clamp(static_cast<int>(std::lround(width / ratio)), 1, height);
  return {(width - w) / 2, (height - h) / 2, w, h};
}

edge::Image resized_crop(const edge::Image& in, const CropBox& box, int width, int height) {
  check_image("resized_crop", in);
  if (box.x < 0 || box.y < 0 || box.width < 1 || box.height < 1 || box.width > in.width - box.x ||
      box.height > in.height - box.y)
    fail("resized_crop", "box {}x{} at ({}, {}), expected within {}x{}", box.width, box.height,
         box.x, box.y, in.width, in.height);
  edge::Image crop(box.width, box.height, in.channels);
  const size_t bytes = static_cast<size_t>(box.width) * in.channels;
  for (int y = 0; y < box.height; ++y)
    std::memcpy(crop.row(y), in.row(box.y + y) + static_cast<size_t>(box.x) * in.channels, bytes);
  return edge::resize(crop, width, height);
}

}  // namespace paucal::data
