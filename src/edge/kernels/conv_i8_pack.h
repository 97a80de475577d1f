#pragma once
// Weights of an int8 convolution in the order in which each path reads them; see conv_i8.h.

#include <span>
#include <vector>

#include "edge/kernels/conv_i8.h"

namespace paucal::edge {

struct PackedI8 {
  std::vector<int8_t> narrow;
  std::vector<int16_t> wide;
  std::vector<int32_t> bias;
  std::vector<float> scale;
  std::vector<int64_t> channel;  // at each place of bias and scale; -1: none
  int64_t panels = 1;
  int64_t panel_elements = 0;  // of the scratch in which one is widened
};

// weight: [O, C/groups, kh, kw].
PackedI8 pack_portable(const ConvI8& conv, std::span<const int8_t> weight);
#if defined(__x86_64__)
PackedI8 pack_direct(const ConvI8& conv, std::span<const int8_t> weight);
PackedI8 pack_depthwise(const ConvI8& conv, std::span<const int8_t> weight);
PackedI8 pack_winograd(const ConvI8& conv, std::span<const int8_t> weight);
PackedI8 pack_direct_vnni(const ConvI8& conv, std::span<const int8_t> weight);
PackedI8 pack_depthwise_vnni(const ConvI8& conv, std::span<const int8_t> weight);
// packed.bias -= x_zero · Σw of each channel, modulo 2^32.
void fold_zero_point(const ConvI8& conv, std::span<const int8_t> weight, PackedI8& packed);
#endif

// Fills packed.bias and packed.scale by packed.channel.
void pack_channels(std::span<const int32_t> bias, std::span<const float> scale, PackedI8& packed);

}  // namespace paucal::edge
