#pragma once
// What a picture shows where a defect is pasted. Planes are CV_32F, one a channel, grey levels.
// Internal to paste.

#include <opencv2/core.hpp>
#include <optional>

#include "base/random.h"

namespace paucal::data {

// Standard deviation by the median deviation from the median: a part of the image that is of
// another level (a foil beside a coating) does not count.
double robust_deviation(const cv::Mat& plane);

// A point on a contour within the picture, and the unit vector towards the brighter side.
struct ContourPoint {
  double x = 0, y = 0, nx = 0, ny = 0;
};

// The steepest of some points; nothing where even that is no step of more than `least` grey levels.
std::optional<ContourPoint> contour_point(const cv::Mat& plane, double least, Random& random);

// The surface that shows through a patch: the same as `here`, smoothed, or of another image.
cv::Mat patch_surface(Random& random, const cv::Mat& here, const cv::Mat& donor, double deviation);

// The window of the plane, moved; beyond the border its last pixels are repeated.
cv::Mat shifted(const cv::Mat& plane, const cv::Rect& window, const cv::Point& by);

}  // namespace paucal::data
