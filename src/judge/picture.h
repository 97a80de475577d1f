#pragma once
// Pictures for pages.

#include <span>
#include <vector>

#include "judge/raw_source.h"
#include "report/report.h"

namespace paucal::judge {

// An image (RGB) as it is, under its heat, and with what was found and what is true; as JPEG, the
// longer side at most 420 pixels. An image that is seen in tiles is shown in part, one tile large:
// around a true object that was missed, else the surest box, else the hottest place.
std::vector<report::Picture> page_pictures(const edge::ModelCard& model, const edge::Image& image,
                                           const Prediction& prediction,
                                           std::span<const edge::Box> truths);

}  // namespace paucal::judge
