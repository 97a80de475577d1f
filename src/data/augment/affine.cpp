#include "data/augment/affine.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/augment/border.h"
#include "data/augment/simd.h"

namespace paucal::data {
namespace {

constexpr int kAffineShift = 16;
constexpr int64_t kOne = int64_t{1} << kAffineShift;
constexpr int kMaxSide = 16384;  // so that coordinates and addresses fit 32 bits

int64_t fixed(double v) {
  return static_cast<int64_t>(std::floor(v * kOne + 0.5));
}

int64_t divide_down(int64_t a, int64_t b) {
  return a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
}

struct Span {
  int64_t begin, end;
};

// The x of [0, width) with 0 ≤ start + x · step < limit.
Span inside(int64_t start, int64_t step, int64_t limit, int width) {
  int64_t begin = 0, end = width;
  if (step == 0) {
    if (start < 0 || start >= limit) end = 0;
  } else if (step > 0) {
    begin = -divide_down(start, step);  // ⌈−start / step⌉
    end = divide_down(limit - 1 - start, step) + 1;
  } else {
    begin = -divide_down(limit - 1 - start, -step);
    end = divide_down(start, -step) + 1;
  }
  begin = std::clamp<int64_t>(begin, 0, width);
  return {begin, std::clamp<int64_t>(end, begin, width)};
}

Span intersect(const Span& a, const Span& b) {
  const int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

constexpr int kChunk = 256;

// Byte offsets of the pixels at (x, y) + i · (step_x, step_y), all inside the image.
PAUCAL_SIMD void offsets(uint32_t x, uint32_t step_x, uint32_t y, uint32_t step_y, int channels,
                         int stride, int32_t* offset, int count) {
  for (int i = 0; i < count; ++i)
    offset[i] = static_cast<int32_t>((y + i * step_y) >> kAffineShift) * stride +
                static_cast<int32_t>((x + i * step_x) >> kAffineShift) * channels;
}

// One output row: where its first pixel lies in the input, and the step to the next.
struct Line {
  int64_t x, y, step_x, step_y;
};

template <int kChannels>
struct Warper {
  const edge::Image& in;
  const WarpOptions& options;

  const uint8_t* pixel(int64_t x, int64_t y) const {
    return in.pixels.data() + (y * in.width + x) * kChannels;
  }

  const uint8_t* outside_pixel(int64_t x, int64_t y) const {
    const bool beyond = x < 0 || y < 0 || x >= in.width || y >= in.height;
    if (beyond && options.border == Border::kConstant) return options.fill.data();
    return pixel(mirror(x, in.width), mirror(y, in.height));
  }

  // Three bytes go as four, one store each, where neither image ends before the fourth: the byte
  // too much is overwritten by the next pixel, and the last pixel of a run goes by itself.
  void copy_pixels(const int32_t* offset, int count, uint8_t* to) const {
    const uint8_t* from = in.pixels.data();
    const bool at_end =
        std::max(offset[0], offset[count - 1]) / (in.width * kChannels) == in.height - 1;
    int i = 0;
    if (kChannels == 3 && !at_end)
      for (; i < count - 1; ++i) std::memcpy(to + 3 * i, from + offset[i], 4);
    for (; i < count; ++i) std::memcpy(to + kChannels * i, from + offset[i], kChannels);
  }

  void nearest_inside(const Line& line, const Span& span, uint8_t* out) const {
    int64_t x = line.x + span.begin * line.step_x, y = line.y + span.begin * line.step_y;
    uint8_t* to = out + span.begin * kChannels;
    if (line.step_x == kOne && line.step_y == 0) {  // shear along x, translation: whole runs
      std::memcpy(to, pixel(x >> kAffineShift, y >> kAffineShift),
                  (span.end - span.begin) * kChannels);
      return;
    }
    // Addresses first, many at once; then only copies are left.
    int32_t offset[kChunk];
    for (int64_t left = span.end - span.begin; left > 0; left -= kChunk) {
      const int count = static_cast<int>(std::min<int64_t>(left, kChunk));
      const int32_t stride = in.width * kChannels;
      offsets(static_cast<uint32_t>(x), static_cast<uint32_t>(line.step_x),
              static_cast<uint32_t>(y), static_cast<uint32_t>(line.step_y), kChannels, stride,
              offset, count);
      copy_pixels(offset, count, to);
      to += static_cast<ptrdiff_t>(count) * kChannels;
      x += count * line.step_x;
      y += count * line.step_y;
    }
  }

  void nearest_outside(const Line& line, int64_t begin, int64_t end, uint8_t* out) const {
    if (options.border == Border::kConstant) {
      for (int64_t i = begin; i < end; ++i)
        std::memcpy(out + i * kChannels, options.fill.data(), kChannels);
      return;
    }
    for (int64_t i = begin; i < end; ++i)
      std::memcpy(out + i * kChannels,
                  outside_pixel((line.x + i * line.step_x) >> kAffineShift,
                                (line.y + i * line.step_y) >> kAffineShift),
                  kChannels);
  }

  void nearest_row(const Line& line, int width, uint8_t* out) const {
    const Span span = intersect(inside(line.x, line.step_x, in.width * kOne, width),
                                inside(line.y, line.step_y, in.height * kOne, width));
    nearest_outside(line, 0, span.begin, out);
    nearest_inside(line, span, out);
    nearest_outside(line, span.end, width, out);
  }

  // Four taps, with weights in 1/256.
  static void mix(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d,
                  unsigned right, unsigned down, uint8_t* to) {
    for (int k = 0; k < kChannels; ++k) {
      const unsigned top = a[k] * (256 - right) + b[k] * right;
      const unsigned bottom = c[k] * (256 - right) + d[k] * right;
      to[k] = static_cast<uint8_t>((top * (256 - down) + bottom * down + 0x8000) >> 16);
    }
  }

  void bilinear_row(const Line& line, int width, uint8_t* out) const {
    // Both taps of each axis lie inside where the first is at most the last pixel but one.
    const Span span = intersect(inside(line.x, line.step_x, (in.width - 1) * kOne, width),
                                inside(line.y, line.step_y, (in.height - 1) * kOne, width));
    const ptrdiff_t stride = static_cast<ptrdiff_t>(in.width) * kChannels;
    for (int64_t i = 0; i < width; ++i) {
      const int64_t fx = line.x + i * line.step_x, fy = line.y + i * line.step_y;
      const int64_t x = fx >> kAffineShift, y = fy >> kAffineShift;
      const unsigned right = (fx >> 8) & 255, down = (fy >> 8) & 255;
      uint8_t* to = out + i * kChannels;
      if (i >= span.begin && i < span.end) {
        const uint8_t* a = pixel(x, y);
        mix(a, a + kChannels, a + stride, a + stride + kChannels, right, down, to);
      } else {
        mix(outside_pixel(x, y), outside_pixel(x + 1, y), outside_pixel(x, y + 1),
            outside_pixel(x + 1, y + 1), right, down, to);
      }
    }
  }
};

template <int kChannels>
void warp_rows(const edge::Image& in, const Affine& m, const WarpOptions& options,
               edge::Image& out) {
  const Warper<kChannels> warper{in, options};
  const bool nearest = options.sampling == Sampling::kNearest;
  Line line{fixed(m[2] + m[0] * 0.5 + m[1] * 0.5), fixed(m[5] + m[3] * 0.5 + m[4] * 0.5),
            fixed(m[0]), fixed(m[3])};
  const int64_t next_x = fixed(m[1]), next_y = fixed(m[4]);
  if (!nearest) {  // taps are pixel centres
    line.x -= kOne / 2;
    line.y -= kOne / 2;
  }
  // Slanted reads defeat the processor's own prefetching; one straight pass beforehand does not.
  if (line.step_y != 0)
    for (size_t i = 0; i < in.pixels.size(); i += 64) __builtin_prefetch(in.pixels.data() + i);
  for (int y = 0; y < out.height; ++y, line.x += next_x, line.y += next_y) {
    if (nearest)
      warper.nearest_row(line, out.width, out.row(y));
    else
      warper.bilinear_row(line, out.width, out.row(y));
  }
}

}  // namespace

Affine rotation(double degrees, double centre_x, double centre_y) {
  const double angle = -degrees * M_PI / 180;
  const double c = std::cos(angle), s = std::sin(angle);
  return {c,  s, centre_x - c * centre_x - s * centre_y,
          -s, c, centre_y + s * centre_x - c * centre_y};
}

Affine compose(const Affine& a, const Affine& b) {
  return {a[0] * b[0] + a[1] * b[3], a[0] * b[1] + a[1] * b[4], a[0] * b[2] + a[1] * b[5] + a[2],
          a[3] * b[0] + a[4] * b[3], a[3] * b[1] + a[4] * b[4], a[3] * b[2] + a[4] * b[5] + a[5]};
}

void warp(const edge::Image& in, const Affine& matrix, int width, int height,
          const WarpOptions& options, edge::Image& out) {
  check_image("warp", in);
  for (const double v : matrix)
    if (!(std::abs(v) <= 1e6)) fail("warp", "matrix value {}, expected within ±1e6", v);
  if (in.width > kMaxSide || in.height > kMaxSide)
    fail("warp", "image of {}x{}, expected sides up to {}", in.width, in.height, kMaxSide);
  reshape(out, width, height, in.channels);
  if (in.channels == 1)
    warp_rows<1>(in, matrix, options, out);
  else
    warp_rows<3>(in, matrix, options, out);
}

}  // namespace paucal::data
