#pragma once
// What people say of boxes, and pseudo boxes for the rest.

#include <string>
#include <vector>

#include "base/json.h"
#include "labels/annotation.h"

namespace paucal::labels {

// Of a COCO file of pseudo boxes and one of reviewed ones (null: none): for each image that people
// have seen, what they say, also that there is nothing; for the others the boxes with a score of at
// least `min_evidence`. Images that nothing is known of are left out: their label alone teaches.
// `images`: the paths of the set, in whose spelling both are written, as PathMatcher finds them;
// may be empty, then the images of `pseudo`. A reviewed image that fits none, or several, is left
// out and becomes a problem. Throws Error where a file is none of COCO's.
Json merge_boxes(const Json& pseudo, const Json& reviewed, double min_evidence,
                 const std::vector<std::string>& images, std::vector<Problem>& problems);

}  // namespace paucal::labels
