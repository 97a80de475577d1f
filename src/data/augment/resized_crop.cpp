#include <algorithm>
#include <cmath>

#include "data/augment/geometric.h"

namespace paucal::data {
namespace {

constexpr int kBits = 14;

// For each output position: which inputs it covers, and their weights in 1/16384 (they sum to it).
struct Axis {
  std::vector<int> first;
  std::vector<int> weight;  // [output][taps]
  int taps = 0;
};

// A triangle as wide as an output pixel, at least as an input pixel: bilinear where it grows, a
// smooth average where it shrinks.
Axis triangle_axis(int start, int from, int to) {
  const double scale = static_cast<double>(from) / to, reach = std::max(scale, 1.0);
  Axis axis;
  axis.taps = std::min(static_cast<int>(std::ceil(2 * reach)) + 1, from);
  axis.first.resize(to);
  axis.weight.assign(static_cast<size_t>(to) * axis.taps, 0);
  std::vector<double> exact(axis.taps);
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int low =
        std::clamp(static_cast<int>(std::floor(centre - reach + 0.5)), 0, from - axis.taps);
    double total = 0;
    for (int k = 0; k < axis.taps; ++k) {
      exact[k] = std::max(0.0, 1 - std::abs(low + k + 0.5 - centre) / reach);
      total += exact[k];
    }
    double sum = 0;
    int given = 0;
    for (int k = 0; k < axis.taps; ++k) {  // rounding the running sum keeps the whole exact
      sum += exact[k] / total * (1 << kBits);
      const int upto = static_cast<int>(std::lround(sum));
      axis.weight[static_cast<size_t>(i) * axis.taps + k] = upto - given;
      given = upto;
    }
    axis.first[i] = start + low;
  }
  return axis;
}

}  // namespace

void resized_crop(const edge::Image& in, const CropBox& box, int width, int height,
                  edge::Image& out) {
  check_image("resized_crop", in);
  if (box.x < 0 || box.y < 0 || box.width < 1 || box.height < 1 || box.width > in.width - box.x ||
      box.height > in.height - box.y)
    fail("resized_crop", "box {}+{} x {}+{}, expected within {}x{}", box.x, box.width, box.y,
         box.height, in.width, in.height);
  if (width < 1 || height < 1)
    fail("resized_crop", "size {}x{}, expected at least 1x1", width, height);
  reshape(out, width, height, in.channels);
  const Axis across = triangle_axis(box.x, box.width, width);
  const Axis down = triangle_axis(box.y, box.height, height);
  const int channels = in.channels;
  std::vector<int> column(static_cast<size_t>(in.width) * channels);  // rows summed, in 1/16384
  for (int y = 0; y < height; ++y) {
    const int begin = box.x * channels, end = (box.x + box.width) * channels;
    std::fill(column.begin() + begin, column.begin() + end, 1 << (kBits - 7));
    for (int k = 0; k < down.taps; ++k) {
      const int weight = down.weight[static_cast<size_t>(y) * down.taps + k];
      const uint8_t* row = in.row(down.first[y] + k);
      for (int i = begin; i < end; ++i) column[i] += weight * row[i];
    }
    // To 1/64 of a grey level, so that the second sum fits 32 bits.
    for (int i = begin; i < end; ++i) column[i] >>= kBits - 6;
    for (int x = 0; x < width; ++x) {
      const int* weight = &across.weight[static_cast<size_t>(x) * across.taps];
      for (int c = 0; c < channels; ++c) {
        int sum = 1 << (kBits + 5);
        for (int k = 0; k < across.taps; ++k)
          sum += weight[k] * column[(across.first[x] + k) * channels + c];
        out.at(x, y, c) = static_cast<uint8_t>(std::min(sum >> (kBits + 6), 255));
      }
    }
  }
}

}  // namespace paucal::data
