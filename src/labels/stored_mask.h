#pragma once
// Masks as annotation files hold them: run lengths of COCO, pictures in base64 of labelme.

#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "labels/annotation.h"

namespace paucal::labels {

// {"size": [height, width], "counts": …}: lengths of runs down the columns, of 0 and 1 in turn, as
// a list or in the text of pycocotools. Polygons that cover exactly the pixels of 1, in pixels of
// the image; at least one. Fails where the counts do not add up to the size, or are all 0.
Result<Polygons> polygons_of_rle(const Json& segmentation);

// A PNG in base64 whose top left pixel lies at (x, y), not 0 where the object is; it must be of the
// given size.
Result<Polygons> polygons_of_picture(std::string_view base64, int x, int y, int width, int height);

}  // namespace paucal::labels
