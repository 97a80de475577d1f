#pragma once
// Pictures for pages.

#include <span>
#include <vector>

#include "judge/raw_source.h"
#include "report/report.h"

namespace paucal::judge {

// An image (RGB) as it is, under its heat, and with what was found and what is true; as JPEG, the
// longer side at most 420 pixels. Of an image that is seen in tiles a part as large as one: about a
// true object that was missed, else the surest box, else the hottest place.
std::vector<report::Picture> page_pictures(const edge::ModelCard& model, const edge::Image& image,
                                           const Prediction& prediction,
                                           std::span<const edge::Box> truths);

}  // namespace paucal::judge
