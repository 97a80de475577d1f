#pragma once
// Which part of a large image training looks at (input.tile): a view shows one tile of it.

#include <array>
#include <optional>

#include "base/random.h"
#include "data/set/record.h"
#include "edge/post/tiles.h"

namespace paucal::data {

// A place in a fitted image, in its pixels.
using Place = std::array<float, 2>;

// A part of the size of a tile: one that shows `place`, and not at its border, or any at all. All
// of an image that is no larger; nothing is drawn then.
edge::Tile draw_window(const edge::Image& fitted, const edge::PreprocessOptions& options,
                       const std::optional<Place>& place, Random& random);

// A place within a box, or a point, that was given of the record; each is as likely as another.
// None where none is given. `fitted`: pixels of the fitted image → original ones.
std::optional<Place> draw_given_place(const Record& record, const edge::Geometry& fitted,
                                      Random& random);

}  // namespace paucal::data
