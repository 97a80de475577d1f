#pragma once
// shapes.json: what people drew beside boxes, exactly. reviewed_boxes.json has their boxes.
//
//   {"format": 1, "images": [{"file_name", "width"?, "height"?, "shapes": [
//     {"id", "class", "kind": "polygon" | "mask" | "point", "geometry", "box"?, "state"}]}]}
//
// `geometry` as geometry.h has it, with every number as it was given: polygon [[x, y, x, y, …], …],
// mask {"size": [height, width], "counts"} as pycocotools reads it, point [x, y]. `box`: [x, y,
// width, height] around it, not of a point. `id` and `state` are those of the store. Only done
// images, and of them those with a shape that stands.

#include "base/json.h"
#include "review/database.h"

namespace paucal::review {

// `root`: images of that folder alone; 0: all.
Json shapes_json(Database& database, int64_t root);

}  // namespace paucal::review
