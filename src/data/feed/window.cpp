#include "data/feed/window.h"

#include <algorithm>
#include <cmath>

namespace paucal::data {
namespace {

constexpr double kWindowBorder =
    0.125;  // share of a tile: what is shown lies no nearer to its sides

// Where a part of `side` begins, so that it shows `place`.
int draw_start(int length, int side, std::optional<float> place, Random& random) {
  if (length <= side) return 0;
  int first = 0, last = length - side;
  if (place) {
    const int at = std::clamp(static_cast<int>(std::floor(*place)), 0, length - 1);
    const int border = static_cast<int>(kWindowBorder * side);
    // At the image's own border there is no choice.
    first = std::clamp(at - side + 1 + border, 0, last);
    last = std::clamp(at - border, first, last);
  }
  return first + static_cast<int>(random.below(last - first + 1));
}

}  // namespace

edge::Tile draw_window(const edge::Image& fitted, const edge::PreprocessOptions& options,
                       const std::optional<Place>& place, Random& random) {
  if (!edge::in_tiles(fitted, options)) return {0, 0, fitted.width, fitted.height};
  const auto along = [&](size_t axis) {
    return place ? std::optional((*place)[axis]) : std::nullopt;
  };
  edge::Tile tile;
  tile.width = std::min(options.tile, fitted.width);
  tile.height = std::min(options.tile, fitted.height);
  tile.x = draw_start(fitted.width, tile.width, along(0), random);
  tile.y = draw_start(fitted.height, tile.height, along(1), random);
  return tile;
}

std::optional<Place> draw_given_place(const Record& record, const edge::Geometry& fitted,
                                      Random& random) {
  if (record.given.empty()) return std::nullopt;
  const auto one = static_cast<size_t>(random.below(static_cast<int64_t>(record.given.size())));
  const edge::Box box = fitted.to_network(record.given[one].box);
  return Place{static_cast<float>(random.uniform(box.x0, box.x1)),
               static_cast<float>(random.uniform(box.y0, box.y1))};
}

}  // namespace paucal::data
