#pragma once
// Weights of one layer as int8. Internal to graph/.

#include <cstdint>
#include <span>
#include <vector>

namespace paucal::graph {

struct Int8Weights {
  std::vector<int8_t> weight;  // as many as given, in their order
  std::vector<float> scale;    // [O]
  std::vector<int32_t> bias;   // [O], in steps of x_scale · scale
};

// Sums must fit int32 (see conv2d_i8): what 255 · 127 · length leaves is for the bias. 0: too long.
double bias_room(int64_t length);

// `weight`: [O, …] for `outputs` O; `bias`: [O] or empty; `x_scale`: of the layer's input.
Int8Weights quantise_weights(std::span<const float> weight, std::span<const float> bias,
                             int64_t outputs, float x_scale);

}  // namespace paucal::graph
