#include "weak/map/box_projection.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace paucal::weak {
namespace {

// First and one past the last place whose centre lies in [low, high), at least one.
std::pair<int64_t, int64_t> places(double low, double high, double stride, int64_t count) {
  const auto first =
      std::clamp<int64_t>(static_cast<int64_t>(std::ceil(low / stride - .5)), 0, count - 1);
  const auto end = static_cast<int64_t>(std::ceil(high / stride - .5));
  return {first, std::clamp<int64_t>(end, first + 1, count)};
}

at::Tensor missing(const at::Tensor& reached) {
  const auto n = static_cast<double>(reached.numel());
  return 1 - 2 * reached.sum() / (reached.square().sum() + n);
}

}  // namespace

MapRectangle places_in(const edge::Box& box, double stride, int64_t width, int64_t height) {
  const auto [x0, x1] = places(box.x0, box.x1, stride, width);
  const auto [y0, y1] = places(box.y0, box.y1, stride, height);
  return {x0, y0, x1, y1};
}

at::Tensor projection_loss(const at::Tensor& probability, const MapRectangle& rectangle) {
  const at::Tensor inside =
      probability.slice(0, rectangle.y0, rectangle.y1).slice(1, rectangle.x0, rectangle.x1);
  return missing(inside.amax(0)) + missing(inside.amax(1));
}

}  // namespace paucal::weak
