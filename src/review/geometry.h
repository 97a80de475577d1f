#pragma once
// The geometry of an object as JSON, in pixels of the original image: box [x, y, width, height],
// point [x, y], polygon [[x, y, x, y, …], …] (rings, filled by the even-odd rule), mask {"size":
// [height, width], "counts": …} as COCO's run lengths; of a text, span {"start", "end", "text"} in
// code points, half-open.

#include <array>
#include <optional>
#include <string>
#include <variant>

#include "base/json.h"
#include "review/refusal.h"

namespace paucal::review {

// Of the image that an object lies on, in pixels; 0: not known.
struct ImageSize {
  int64_t width = 0, height = 0;

  bool known() const { return width > 0 && height > 0; }
};

// As it is stored, with every number as it came; or what is wrong with it. Where the size is known,
// points and corners lie inside of the image, and a mask is of its size. (A box may reach beyond:
// models propose such ones.)
std::variant<std::string, Refusal> checked_geometry(const std::string& kind, const Json& geometry,
                                                    const ImageSize& size = {});

// [x, y, width, height] around it, of what checked_geometry() passed; of a point, without an area.
// Nothing of a span, and of what is not of the kind.
std::optional<std::array<double, 4>> bounds_of(const std::string& kind, const Json& geometry);

}  // namespace paucal::review
