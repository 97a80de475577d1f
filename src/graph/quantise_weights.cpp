#include "graph/quantise_weights.h"

#include <algorithm>
#include <cmath>

namespace paucal::graph {

double bias_room(int64_t length) {
  return std::max(0., 2147483647. - 255. * 127. * static_cast<double>(length));
}

Int8Weights quantise_weights(std::span<const float> weight, std::span<const float> bias,
                             int64_t outputs, float x_scale) {
  Int8Weights result;
  const size_t length = weight.size() / static_cast<size_t>(outputs);
  const double room = bias_room(static_cast<int64_t>(length)) - 1;
  for (size_t o = 0; o < static_cast<size_t>(outputs); ++o) {
    const auto row = weight.subspan(o * length, length);
    double most = 0;
    for (const float w : row) most = std::max(most, std::abs(static_cast<double>(w)));
    const double b = bias.empty() ? 0 : static_cast<double>(bias[o]);
    // A channel of a huge bias and tiny weights gives up precision of the weights.
    double scale = std::max(most / 127, std::abs(b) / (x_scale * room));
    if (scale < 1e-30) scale = 1;  // nothing but zeros, or as good as
    const auto stored = static_cast<float>(scale);
    const auto rounded = [](double v, double bound) {
      return std::clamp(std::nearbyint(v), -bound, bound);
    };
    for (const float w : row)
      result.weight.push_back(static_cast<int8_t>(rounded(w / static_cast<double>(stored), 127)));
    result.scale.push_back(stored);
    result.bias.push_back(
        static_cast<int32_t>(rounded(b / (static_cast<double>(x_scale) * stored), room)));
  }
  return result;
}

}  // namespace paucal::graph
