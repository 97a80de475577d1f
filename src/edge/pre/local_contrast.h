#pragma once
// Contrast against the neighbourhood: (v - mean) / (std + ε) over a square window, so that a faint
// scratch in the shade looks like one in the light. Jarrett et al., ICCV 2009 (local contrast
// normalisation), with a box in place of the Gaussian.

#include "edge/image/image.h"

namespace paucal::edge {

// Of the image's grey value, into the top left of a canvas_width × canvas_height plane; the window
// spans 2 · radius + 1 pixels and is cut at the border. ε is a tenth of the image's std plus one
// grey level. Padding is left as it was.
void local_contrast(const Image& image, int radius, int canvas_width, int canvas_height,
                    float* plane);
// The same for a part of an image, whose std (of grey values, in levels) is given.
void local_contrast(const Image& part, int radius, int canvas_width, int canvas_height,
                    double std_of_whole, float* plane);

// Standard deviation of the grey values, in levels: of 65535 where the image is deep.
double grey_deviation(const Image& image);

}  // namespace paucal::edge
