#include "edge/pre/resize.h"

#include <cmath>

#include "edge/image/deep.h"

namespace paucal::edge {
namespace {

constexpr int kWeightBits = 14;  // of the filter: weights sum to 2^14 and fit int16
constexpr int kExtraBits = 6;    // kept between the two passes, so that only the last one rounds

// The filter of each output position along one axis: weights[offset[i] + t] belongs to input
// first[i] + t, t < count.
struct Taps {
  int count = 0;
  std::vector<int> first;
  std::vector<int16_t> weights;

  const int16_t* of(int i) const { return weights.data() + static_cast<size_t>(i) * count; }
};

Taps make_taps(int from, int to) {
  const double step = static_cast<double>(from) / to;
  const double radius = std::max(step, 1.0);
  Taps taps;
  taps.count = std::min(from, static_cast<int>(std::ceil(2 * radius)));
  taps.first.resize(to);
  taps.weights.resize(static_cast<size_t>(to) * taps.count);
  std::vector<double> exact(taps.count);
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * step - 0.5;
    const int first =
        std::clamp(static_cast<int>(std::floor(centre - radius)) + 1, 0, from - taps.count);
    double sum = 0;
    for (int t = 0; t < taps.count; ++t)
      sum += exact[t] = std::max(0.0, 1 - std::abs(first + t - centre) / radius);
    // Rounding the running sum makes the weights add up exactly: a flat image stays flat.
    double running = 0;
    int done = 0;
    for (int t = 0; t < taps.count; ++t) {
      running += exact[t];
      const int upto = static_cast<int>(std::lround(running / sum * (1 << kWeightBits)));
      taps.weights[static_cast<size_t>(i) * taps.count + t] = static_cast<int16_t>(upto - done);
      done = upto;
    }
    taps.first[i] = first;
  }
  return taps;
}

// One output row before its horizontal pass: `length` samples with kExtraBits more bits.
void filter_column(const Image& image, int first, const int16_t* weights, int count,
                   std::vector<int32_t>& sums, std::vector<int16_t>& out) {
  const int length = image.width * image.channels;
  int32_t* sum = sums.data();
  std::fill_n(sum, length, 1 << (kWeightBits - kExtraBits - 1));
  for (int t = 0; t < count; ++t) {
    const int16_t weight = weights[t];
    if (weight == 0) continue;
    const uint8_t* row = image.row(first + t);
    for (int x = 0; x < length; ++x) sum[x] += static_cast<int16_t>(row[x]) * weight;
  }
  int16_t* result = out.data();
  for (int x = 0; x < length; ++x)
    result[x] = static_cast<int16_t>(sum[x] >> (kWeightBits - kExtraBits));
}

template <int kChannels>
void filter_row(const std::vector<int16_t>& row, const Taps& taps, int width, uint8_t* out) {
  constexpr int kShift = kWeightBits + kExtraBits;
  for (int x = 0; x < width; ++x) {
    const int16_t* in = row.data() + static_cast<size_t>(taps.first[x]) * kChannels;
    const int16_t* weights = taps.of(x);
    int32_t sums[kChannels];
    for (int c = 0; c < kChannels; ++c) sums[c] = 1 << (kShift - 1);
    for (int t = 0; t < taps.count; ++t)
      for (int c = 0; c < kChannels; ++c) sums[c] += in[t * kChannels + c] * weights[t];
    for (int c = 0; c < kChannels; ++c)
      out[x * kChannels + c] = static_cast<uint8_t>(sums[c] >> kShift);
  }
}

// The same for 16 bits, whose sums need 64: one row of the result.
void filter_deep_row(const Image& image, const Taps& across, const Taps& down, int y,
                     std::vector<uint32_t>& row, Image& result) {
  constexpr int kShift = kWeightBits + kExtraBits;
  const auto channels = static_cast<size_t>(image.channels), length = row.size();
  for (size_t x = 0; x < length; ++x) {
    uint32_t sum = 1u << (kWeightBits - kExtraBits - 1);
    for (int t = 0; t < down.count; ++t)
      sum += image.deep[static_cast<size_t>(down.first[y] + t) * length + x] *
             static_cast<uint32_t>(down.of(y)[t]);
    row[x] = sum >> (kWeightBits - kExtraBits);
  }
  uint16_t* out =
      &result.deep[static_cast<size_t>(y) * static_cast<size_t>(result.width) * channels];
  for (int x = 0; x < result.width; ++x)
    for (size_t c = 0; c < channels; ++c) {
      uint64_t sum = uint64_t{1} << (kShift - 1);
      for (int t = 0; t < across.count; ++t)
        sum += uint64_t{row[static_cast<size_t>(across.first[x] + t) * channels + c]} *
               static_cast<uint64_t>(across.of(x)[t]);
      *out++ = static_cast<uint16_t>(sum >> kShift);
    }
}

Image resize_deep(const Image& image, const Taps& across, const Taps& down) {
  Image result(static_cast<int>(across.first.size()), static_cast<int>(down.first.size()),
               image.channels);
  result.deep.resize(result.pixels.size());
  std::vector<uint32_t> row(static_cast<size_t>(image.width) * static_cast<size_t>(image.channels));
  for (int y = 0; y < result.height; ++y) filter_deep_row(image, across, down, y, row, result);
  show_deep(result);
  return result;
}

// The two neighbours of each output position, and the share of the second.
struct Neighbours {
  std::vector<int> low, high;
  std::vector<float> share;
};

Neighbours make_neighbours(int from, int to) {
  Neighbours n{std::vector<int>(to), std::vector<int>(to), std::vector<float>(to)};
  for (int i = 0; i < to; ++i) {
    const double centre =
        std::clamp((i + 0.5) * from / to - 0.5, 0.0, static_cast<double>(from - 1));
    n.low[i] = static_cast<int>(centre);
    n.high[i] = std::min(n.low[i] + 1, from - 1);
    n.share[i] = static_cast<float>(centre - n.low[i]);
  }
  return n;
}

}  // namespace

Image resize(const Image& image, int width, int height) {
  if (image.empty() || width < 1 || height < 1) return {};
  if (image.width == width && image.height == height) return image;
  const Taps across = make_taps(image.width, width);
  const Taps down = make_taps(image.height, height);
  if (image.is_deep()) return resize_deep(image, across, down);
  const size_t length = static_cast<size_t>(image.width) * image.channels;
  std::vector<int32_t> sums(length);
  std::vector<int16_t> row(length);
  Image result(width, height, image.channels);
  for (int y = 0; y < height; ++y) {
    filter_column(image, down.first[y], down.of(y), down.count, sums, row);
    if (image.channels == 1) {
      filter_row<1>(row, across, width, result.row(y));
    } else {
      filter_row<3>(row, across, width, result.row(y));
    }
  }
  return result;
}

Map resize(const Map& map, int width, int height) {
  if (map.values.empty() || width < 1 || height < 1) return {};
  const Neighbours across = make_neighbours(map.width, width);
  const Neighbours down = make_neighbours(map.height, height);
  std::vector<float> row(map.width);
  Map result(width, height);
  for (int y = 0; y < height; ++y) {
    const float* top = map.values.data() + static_cast<size_t>(down.low[y]) * map.width;
    const float* bottom = map.values.data() + static_cast<size_t>(down.high[y]) * map.width;
    for (int x = 0; x < map.width; ++x) row[x] = top[x] + (bottom[x] - top[x]) * down.share[y];
    float* out = result.values.data() + static_cast<size_t>(y) * width;
    for (int x = 0; x < width; ++x) {
      const float left = row[across.low[x]];
      out[x] = left + (row[across.high[x]] - left) * across.share[x];
    }
  }
  return result;
}

}  // namespace paucal::edge
