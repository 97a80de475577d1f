#pragma once
// Smooth random relief: the one primitive of every texture here.

#include "base/random.h"
#include "edge/image/image.h"

namespace paucal::data {

// Nearly normal, mean 0, variance 1, from one draw: the sum of its four 16-bit parts.
inline float quick_normal(Random& random) {
  const uint64_t bits = random.next();
  const auto sum = static_cast<int32_t>((bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) +
                                        ((bits >> 32) & 0xFFFF) + (bits >> 48));
  return static_cast<float>(sum - 131070) / 37837.f;
}

// Adds noise of standard deviation `amplitude` whose grains are about scale_x × scale_y pixels:
// white noise on a grid of that pitch, joined by cubic B-splines. Scales ≥ 1.
void add_relief(edge::Map& map, double scale_x, double scale_y, double amplitude, Random& random);

// The same in one dimension.
std::vector<float> make_profile(int length, double scale, double amplitude, Random& random);

}  // namespace paucal::data
