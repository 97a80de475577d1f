#pragma once
// normalise_to() of preprocess.h for a part of an image: what is measured on the image is measured
// on the whole, so that a flat part stays flat.

#include "edge/pre/preprocess.h"

namespace paucal::edge {

struct ImageMoments {
  double mean = 0, std = 1;  // over all channels, white being 1
  double grey_std = 0;       // of the grey values, in levels
};
ImageMoments image_moments(const Image& image);

void normalise_part_to(const Image& part, const PreprocessOptions& options,
                       const ImageMoments& of_whole, int canvas_width, int canvas_height,
                       float* chw);

}  // namespace paucal::edge
