#pragma once
// Pictures for pages.

#include "edge/image.h"
#include "pipeline/report.h"

namespace paucal::pipeline {

// As JPEG, its longer side at most 420 pixels.
Picture page_picture(edge::Image image, std::string caption);

}  // namespace paucal::pipeline
