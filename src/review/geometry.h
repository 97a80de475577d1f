#pragma once
// The geometry of an object as JSON, in pixels of the original image: box [x, y, width, height],
// point [x, y], polygon [[x, y, x, y, …], …], mask {"size": [h, w], "counts": …} as COCO's run
// lengths; of a text, span {"start", "end", "text"} in code points, half-open.

#include <string>
#include <variant>

#include "base/json.h"
#include "review/refusal.h"

namespace paucal::review {

// As it is stored, with every number as it came; or what is wrong with it.
std::variant<std::string, Refusal> checked_geometry(const std::string& kind, const Json& geometry);

}  // namespace paucal::review
