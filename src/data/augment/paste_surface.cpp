#include "data/augment/paste_surface.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/median.h"

namespace paucal::data {

double robust_deviation(const cv::Mat& plane) {
  std::vector<float> values(plane.begin<float>(), plane.end<float>());
  const float level = median(values);
  for (float& value : values) value = std::abs(value - level);
  return kDeviationsOfMedian * median(values);
}

std::optional<ContourPoint> contour_point(const cv::Mat& plane, double least, Random& random) {
  constexpr int kPoints = 256;
  constexpr double kSmooth = 1.5;  // px; keeps grain out
  constexpr double kSobel = 8;     // its response to a slope of one grey level a pixel
  constexpr double kEdge = 4;      // px over which a smoothed edge rises
  cv::Mat smooth, dx, dy;
  cv::GaussianBlur(plane, smooth, {}, kSmooth);
  cv::Sobel(smooth, dx, CV_32F, 1, 0);
  cv::Sobel(smooth, dy, CV_32F, 0, 1);
  ContourPoint best;
  double steepest = least * kSobel / kEdge;
  bool found = false;
  for (int i = 0; i < kPoints; ++i) {
    const auto x = static_cast<int>(random.below(plane.cols));
    const auto y = static_cast<int>(random.below(plane.rows));
    const double gx = dx.at<float>(y, x), gy = dy.at<float>(y, x);
    const double slope = std::hypot(gx, gy);
    if (slope <= steepest) continue;
    steepest = slope;
    best = {x + .5, y + .5, gx / slope, gy / slope};
    found = true;
  }
  if (!found) return {};
  return best;
}

cv::Mat patch_surface(Random& random, const cv::Mat& here, const cv::Mat& donor, double deviation) {
  const double kind = random.uniform();
  cv::Mat result = here.clone();
  if (kind < .25) {
    const double blur = random.uniform(1, 4);
    cv::GaussianBlur(here, result, {}, blur);
    const double amount = deviation * random.uniform(0, .15);
    for (auto it = result.begin<float>(); it != result.end<float>(); ++it)
      *it += static_cast<float>(amount * random.normal());
  } else if (kind < .65) {
    cv::Mat other = random.chance(.5) ? cv::Mat(donor.t()) : donor;
    const int x = static_cast<int>(random.below(std::max(1, other.cols - here.cols + 1)));
    const int y = static_cast<int>(random.below(std::max(1, other.rows - here.rows + 1)));
    other = other(cv::Rect(x, y, here.cols, here.rows) & cv::Rect({}, other.size())).clone();
    if (other.size() != here.size())
      cv::copyMakeBorder(other, other, 0, here.rows - other.rows, 0, here.cols - other.cols,
                         cv::BORDER_REFLECT);
    cv::Scalar mean, spread, own_mean, own_spread;
    cv::meanStdDev(other, mean, spread);
    cv::meanStdDev(here, own_mean, own_spread);
    const double gain = own_spread[0] * random.uniform(.4, 1.4) / (spread[0] + .25);
    result = (other - mean[0]) * gain + own_mean[0];
  }
  const double mean = cv::mean(result)[0];
  return (result - mean) * random.uniform(.5, 1.3) + mean;
}

cv::Mat shifted(const cv::Mat& plane, const cv::Rect& window, const cv::Point& by) {
  cv::Mat result(window.size(), CV_32F);
  for (int y = 0; y < window.height; ++y)
    for (int x = 0; x < window.width; ++x)
      result.at<float>(y, x) = plane.at<float>(std::clamp(window.y + y + by.y, 0, plane.rows - 1),
                                               std::clamp(window.x + x + by.x, 0, plane.cols - 1));
  return result;
}

}  // namespace paucal::data
