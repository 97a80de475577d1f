#pragma once
// Masks as annotation files hold them: run lengths of COCO, pictures in base64 of labelme.

#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "labels/annotation.h"

namespace paucal::labels {

// Lengths of runs down the columns of a mask, of 0 and 1 in turn; they add up to its size.
struct RunLengths {
  int64_t height = 0, width = 0;
  std::vector<int64_t> counts = {};

  // Of the pixels of 1, half-open; empty where there are none.
  edge::Box bounds() const;
};

// {"size": [height, width], "counts": …}: the counts as a list or in the text of pycocotools. Fails
// where they do not add up to the size.
Result<RunLengths> run_lengths(const Json& segmentation);

// The same as polygons that cover exactly the pixels of 1, in pixels of the image; at least one.
// Fails where the counts are all 0, too.
Result<Polygons> polygons_of_rle(const Json& segmentation);

// A PNG in base64 whose top left pixel lies at (x, y), not 0 where the object is; it must be of the
// given size.
Result<Polygons> polygons_of_picture(std::string_view base64, int x, int y, int width, int height);

}  // namespace paucal::labels
