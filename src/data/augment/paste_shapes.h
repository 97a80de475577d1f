#pragma once
// The shapes of pasted defects: how much of each pixel one covers. Internal to paste.

#include <opencv2/core.hpp>

#include "base/random.h"

namespace paucal::data {

// Coverage of one defect, 0 … 1, over a window of the image.
struct DefectShape {
  cv::Rect window;
  cv::Mat alpha;       // CV_32F
  cv::Mat whole = {};  // of the same size: with what is interrupted; empty: nothing is
};

// A scratch 1 to 4 px wide. Some run out at their ends, fade and come back, or skip a little way,
// and are one scratch all the same.
DefectShape line_shape(Random& random, cv::Size size);

// A half plane, a band or a finite band with a soft edge, straight or wavy.
DefectShape step_shape(Random& random, cv::Size size);

// A rough ellipse of a mean radius in px. `stretch`: of the logarithm of its half axes; `cell`: px
// between two bumps of the rim; `rough`: their height, of the radius.
struct RoughEllipse {
  double x = 0, y = 0;  // centre, px
  double radius = 0, stretch = 0, cell = 0, rough = 0;
};
// `alpha` holds the distance from the centre, 1 at the rim; empty where that is outside the image.
DefectShape ellipse_shape(Random& random, cv::Size size, const RoughEllipse& ellipse);

// ---- what shapes and surfaces are made with

double log_uniform(Random& random, double low, double high);
double random_sign(Random& random, double negative);  // -1 with the probability `negative`
// Smooth noise of variance about 1, with features of `cell` pixels. CV_32F.
cv::Mat smooth_noise(Random& random, cv::Size size, double cell);
cv::Mat clamp01(const cv::Mat& m);

}  // namespace paucal::data
