#include "data/feed/light.h"

#include <algorithm>

namespace paucal::data {
namespace {

constexpr double kLeastGain = 0.25;  // of contrast, where the light leaves nothing but white

}  // namespace

std::optional<edge::ImageMoments> in_light(const std::optional<edge::ImageMoments>& of_whole,
                                           const Augmented& view) {
  if (!of_whole) return of_whole;
  const double low = view.lit(of_whole->mean - of_whole->std);
  const double high = view.lit(of_whole->mean + of_whole->std);
  const double gain = std::max(kLeastGain, (high - low) / (2 * of_whole->std));
  return edge::ImageMoments{view.lit(of_whole->mean), gain * of_whole->std,
                            gain * of_whole->grey_std};
}

}  // namespace paucal::data
