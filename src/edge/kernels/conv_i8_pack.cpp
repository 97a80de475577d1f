#include "edge/kernels/conv_i8_pack.h"

namespace paucal::edge {
namespace {

// weight[o, k, y, x] of [O, C/groups, kh, kw].
struct Weight {
  const ConvI8& conv;
  std::span<const int8_t> numbers;
  int8_t at(int64_t o, int64_t k, int64_t y, int64_t x) const {
    return numbers[static_cast<size_t>(
        ((o * group_channels(conv) + k) * conv.kernel_h + y) * conv.kernel_w + x)];
  }
};

template <class T>
std::vector<T> zeros(int64_t count) {
  return std::vector<T>(static_cast<size_t>(count));
}

// Panels of 16 outputs, each group beginning a new one.
void list_channels(const ConvI8& conv, PackedI8& packed) {
  for (int64_t g = 0; g < conv.groups; ++g)
    for (int64_t i = 0; i < panels_of(conv) / conv.groups * kPanel; ++i)
      packed.channel.push_back(i < group_outputs(conv) ? g * group_outputs(conv) + i : -1);
  packed.panels = panels_of(conv);
}

}  // namespace

PackedI8 pack_portable(const ConvI8& conv, std::span<const int8_t> weight) {
  PackedI8 packed;
  for (int64_t o = 0; o < conv.outputs; ++o) {
    packed.channel.push_back(o);
    for (int64_t y = 0; y < conv.kernel_h; ++y)
      for (int64_t x = 0; x < conv.kernel_w; ++x)
        for (int64_t k = 0; k < group_channels(conv); ++k)
          packed.narrow.push_back(Weight{conv, weight}.at(o, k, y, x));
  }
  return packed;
}

void pack_channels(std::span<const int32_t> bias, std::span<const float> scale, PackedI8& packed) {
  for (const int64_t o : packed.channel) {
    packed.bias.push_back(o < 0 ? 0 : bias[static_cast<size_t>(o)]);
    packed.scale.push_back(o < 0 ? 0.f : scale[static_cast<size_t>(o)]);
  }
}

#if defined(__x86_64__)
PackedI8 pack_direct(const ConvI8& conv, std::span<const int8_t> weight) {
  PackedI8 packed;
  list_channels(conv, packed);
  const RunsI8 runs = runs_of(conv);
  const int64_t depth = group_channels(conv), per_row = runs.taps / conv.kernel_h;
  packed.panel_elements = runs.taps * runs.pairs * 32;
  packed.narrow = zeros<int8_t>(packed.panels * packed.panel_elements);
  for (size_t place = 0; place < packed.channel.size(); ++place) {
    const int64_t o = packed.channel[place], p = static_cast<int64_t>(place);
    if (o < 0) continue;
    for (int64_t t = 0; t < runs.taps; ++t)
      for (int64_t i = 0; i < runs.length; ++i) {
        const int64_t x = t % per_row + i / depth;  // one of the two is 0
        const int64_t pair = t * runs.pairs + i / 2;
        const int64_t to = p / kPanel * packed.panel_elements + pair * 32 + p % kPanel * 2 + i % 2;
        packed.narrow[static_cast<size_t>(to)] =
            Weight{conv, weight}.at(o, i % depth, t / per_row, x);
      }
  }
  return packed;
}

PackedI8 pack_depthwise(const ConvI8& conv, std::span<const int8_t> weight) {
  PackedI8 packed;
  packed.panels = (conv.channels + kPanel - 1) / kPanel;
  const int64_t area = conv.kernel_h * conv.kernel_w, pairs = (area + 1) / 2;
  packed.wide = zeros<int16_t>(packed.panels * pairs * 32);
  for (int64_t p = 0; p < packed.panels * kPanel; ++p) {
    const int64_t o = p / kPanel * kPanel + depthwise_channel(p % kPanel);
    packed.channel.push_back(o < conv.channels ? o : -1);
    if (o >= conv.channels) continue;
    for (int64_t t = 0; t < area; ++t)
      packed.wide[static_cast<size_t>((p / kPanel * pairs + t / 2) * 32 + p % kPanel * 2 + t % 2)] =
          Weight{conv, weight}.at(o, 0, t / conv.kernel_w, t % conv.kernel_w);
  }
  return packed;
}

PackedI8 pack_winograd(const ConvI8& conv, std::span<const int8_t> weight) {
  PackedI8 packed;
  list_channels(conv, packed);
  const int64_t pairs = (conv.channels + 1) / 2;
  packed.panel_elements = 16 * (pairs * 32 + kPositionGap);
  packed.narrow = zeros<int8_t>(packed.panels * pairs * 9 * 32);
  for (int64_t o = 0; o < conv.outputs; ++o)
    for (int64_t k = 0; k < conv.channels; ++k)
      for (int64_t t = 0; t < 9; ++t) {
        const int64_t row = (o / kPanel * pairs + k / 2) * 9 + t;
        packed.narrow[static_cast<size_t>(row * 32 + o % kPanel * 2 + k % 2)] =
            Weight{conv, weight}.at(o, k, t / 3, t % 3);
      }
  return packed;
}

PackedI8 pack_direct_vnni(const ConvI8& conv, std::span<const int8_t> weight) {
  PackedI8 packed;
  list_channels(conv, packed);
  const RunsI8 runs = runs_of(conv);
  const int64_t depth = group_channels(conv), per_row = runs.taps / conv.kernel_h;
  const int64_t quads = (runs.length + 3) / 4;
  packed.narrow = zeros<int8_t>(packed.panels * runs.taps * quads * 64);
  packed.panels = conv.groups * group_blocks(conv);
  for (int64_t b = 0; b < packed.panels; ++b) {
    const BlockI8 block = block_of(conv, b);
    int8_t* to = packed.narrow.data() + block.panel * runs.taps * quads * 64;
    for (int64_t t = 0; t < runs.taps; ++t, to += quads * block.panels * 64)
      for (int64_t i = 0; i < runs.length; ++i)
        for (int64_t o = 0; o < block.outputs; ++o)
          to[(i / 4 * block.panels * 16 + o) * 4 + i % 4] = Weight{conv, weight}.at(
              block.output + o, i % depth, t / per_row, t % per_row + i / depth);
  }
  return packed;
}

PackedI8 pack_depthwise_vnni(const ConvI8& conv, std::span<const int8_t> weight) {
  PackedI8 packed;
  packed.panels = (conv.channels + 63) / 64;
  const int64_t fours = (conv.kernel_h + 3) / 4, block = depthwise_quads(conv) * 256;
  packed.narrow = zeros<int8_t>(packed.panels * block);
  for (int64_t p = 0; p < packed.panels * 64; ++p) {
    const int64_t o = p / 64 * 64 + depthwise_channel_vnni(p % 64);
    packed.channel.push_back(o < conv.channels ? o : -1);
    if (o >= conv.channels) continue;
    for (int64_t y = 0; y < conv.kernel_h; ++y)
      for (int64_t x = 0; x < conv.kernel_w; ++x)
        packed.narrow[static_cast<size_t>(p / 64 * block + (x * fours + y / 4) * 256 + p % 64 * 4 +
                                          y % 4)] = Weight{conv, weight}.at(o, 0, y, x);
  }
  return packed;
}

void fold_zero_point(const ConvI8& conv, std::span<const int8_t> weight, PackedI8& packed) {
  const auto length = static_cast<int64_t>(weight.size()) / conv.outputs;
  for (size_t i = 0; i < packed.channel.size(); ++i) {
    if (packed.channel[i] < 0) continue;
    int64_t sum = 0;
    for (int64_t k = 0; k < length; ++k)
      sum += weight[static_cast<size_t>(packed.channel[i] * length + k)];
    packed.bias[i] =
        static_cast<int32_t>(static_cast<uint32_t>(packed.bias[i] - conv.x_zero * sum));
  }
}
#endif

}  // namespace paucal::edge
