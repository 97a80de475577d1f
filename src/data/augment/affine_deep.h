#pragma once
// Images at full depth as matrices of floats, CV_32FC1 or C3, 0 to 65535: so that only the end of
// several steps rounds. Internal to augmentation.

#include <opencv2/core.hpp>

#include "data/augment/affine.h"

namespace paucal::data {

cv::Mat deep_matrix(const edge::Image& image);
edge::Image deep_image_of(const cv::Mat& matrix);  // rounded, and cut at 0 and 65535

// As warp(), bilinear, mirrored at the borders, of the same size.
cv::Mat warp_deep(const cv::Mat& in, const Affine& matrix);

}  // namespace paucal::data
