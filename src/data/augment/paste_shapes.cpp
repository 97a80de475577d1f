#include "data/augment/paste_shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

namespace paucal::data {

double log_uniform(Random& random, double low, double high) {
  return std::exp(random.uniform(std::log(low), std::log(std::max(low, high))));
}

double random_sign(Random& random, double negative) {
  return random.chance(negative) ? -1 : 1;
}

cv::Mat smooth_noise(Random& random, cv::Size size, double cell) {
  cv::Mat coarse(std::max(2, static_cast<int>(size.height / cell) + 2),
                 std::max(2, static_cast<int>(size.width / cell) + 2), CV_32F);
  for (auto it = coarse.begin<float>(); it != coarse.end<float>(); ++it)
    *it = static_cast<float>(random.normal());
  cv::Mat fine;
  cv::resize(coarse, fine, size, 0, 0, cv::INTER_CUBIC);
  return fine;
}

cv::Mat clamp01(const cv::Mat& m) {
  return cv::min(cv::max(m, 0.0), 1.0);
}

namespace {

// Points of a random walk, often along an axis or inwards from a border; in 1/16 px, 6 px apart.
constexpr int kShift = 4;
std::vector<cv::Point> walk(Random& random, cv::Size size) {
  const double side = std::min(size.width, size.height);
  double x = random.uniform(0, size.width), y = random.uniform(0, size.height);
  double angle = random.uniform(0, 2 * M_PI);
  const double start = random.uniform();
  if (start < .4) {
    angle = static_cast<double>(random.below(4)) * M_PI / 2 + .1 * random.normal();
  } else if (start < .65) {
    const int64_t border = random.below(4);
    angle = static_cast<double>(border) * M_PI / 2 + .25 * random.normal();
    if (border == 0) x = 0;
    if (border == 1) y = 0;
    if (border == 2) x = size.width - 1;
    if (border == 3) y = size.height - 1;
  }
  constexpr std::array<double, 3> kWander = {.03, .15, .4};
  constexpr double kPace = 6;
  const double length = log_uniform(random, .08 * side, side);
  const double wander = kWander[static_cast<size_t>(random.below(3))];
  std::vector<cv::Point> points;
  for (double done = 0; done <= length || points.size() < 2; done += kPace) {
    points.emplace_back(cvRound(x * (1 << kShift)), cvRound(y * (1 << kShift)));
    angle += wander * random.normal();
    x += kPace * std::cos(angle);
    y += kPace * std::sin(angle);
  }
  return points;
}

}  // namespace

DefectShape line_shape(Random& random, cv::Size size) {
  constexpr std::array<int, 7> kWidths = {1, 1, 1, 2, 2, 3, 4};
  constexpr int kLeastToSkip = 8;  // pieces
  const std::vector<cv::Point> points = walk(random, size);
  const auto pieces = static_cast<int>(points.size()) - 1;
  const int width = kWidths[static_cast<size_t>(random.below(7))];
  const double end = random.chance(.5) ? random.uniform(.05, .25) * pieces : 0;
  int skip = -1, skipped = 0;
  if (pieces >= kLeastToSkip && random.chance(.4)) {
    skip = static_cast<int>(random.between(pieces / 5, 3 * pieces / 4));
    skipped = static_cast<int>(random.between(1, 2));
  }
  cv::Mat seen = cv::Mat::zeros(size, CV_8U), whole = cv::Mat::zeros(size, CV_8U);
  for (int i = 0; i < pieces; ++i) {
    const double from_end = std::min(i, pieces - 1 - i) + .5;
    const double level = 255 * (end > 0 ? std::min(1., from_end / end) : 1);
    cv::line(whole, points[i], points[i + 1], level, width, cv::LINE_AA, kShift);
    if (i < skip || i >= skip + skipped)
      cv::line(seen, points[i], points[i + 1], level, width, cv::LINE_AA, kShift);
  }
  const double blur = random.uniform(.4, 1);
  DefectShape shape{{{}, size}, {}, {}};
  for (const auto& [drawn, cover] : {std::pair(&seen, &shape.alpha), {&whole, &shape.whole}}) {
    cv::GaussianBlur(*drawn, *drawn, {}, blur);
    drawn->convertTo(*cover, CV_32F, 1 / 255.);
  }
  if (random.chance(.5)) {
    const cv::Mat noise = .8 + .5 * smooth_noise(random, size, 20);
    const cv::Mat fade = cv::min(cv::max(noise, .2), 1.);
    shape.alpha = shape.alpha.mul(fade);
    shape.whole = shape.whole.mul(fade);
  }
  return shape;
}

DefectShape ellipse_shape(Random& random, cv::Size size, const RoughEllipse& e) {
  const double x = e.x, y = e.y;
  const double a = e.radius * std::exp(e.stretch * random.normal());
  const double b = e.radius * e.radius / a;
  const double reach = 1.7 * std::max(a, b) + 2;
  const cv::Rect window =
      cv::Rect(cvFloor(x - reach), cvFloor(y - reach), cvCeil(2 * reach), cvCeil(2 * reach)) &
      cv::Rect({}, size);
  if (window.width < 2 || window.height < 2) return {};
  const double angle = random.uniform(0, M_PI), c = std::cos(angle), s = std::sin(angle);
  cv::Mat distance = e.rough * smooth_noise(random, window.size(), e.cell);
  for (int j = 0; j < window.height; ++j)
    for (int i = 0; i < window.width; ++i) {
      const double dx = window.x + i + .5 - x, dy = window.y + j + .5 - y;
      distance.at<float>(j, i) +=
          static_cast<float>(std::hypot((c * dx + s * dy) / a, (c * dy - s * dx) / b));
    }
  return {window, distance};
}

DefectShape step_shape(Random& random, cv::Size size) {
  const double angle = random.chance(.7)
                           ? (random.chance(.5) ? M_PI / 2 : 0) + .12 * random.normal()
                           : random.uniform(0, M_PI);
  const double nx = std::cos(angle), ny = std::sin(angle);
  constexpr std::array<double, 3> kWaves = {0, 2, 6};
  const double wave = kWaves[static_cast<size_t>(random.below(3))];
  cv::Mat across = wave * smooth_noise(random, size, random.uniform(20, 80));
  cv::Mat along(size, CV_32F);
  for (int j = 0; j < size.height; ++j)
    for (int i = 0; i < size.width; ++i) {
      across.at<float>(j, i) += static_cast<float>(nx * i + ny * j);
      along.at<float>(j, i) = static_cast<float>(nx * j - ny * i);
    }
  double low, high;
  cv::minMaxLoc(across, &low, &high);
  const double centre = low + (high - low) * random.uniform(.1, .9);
  const double soft = log_uniform(random, 1, 12);
  DefectShape shape{{{}, size}, {}};
  if (random.chance(.5)) {  // the smaller side of a step
    const double side = centre - low < (high - low) / 2 ? 1 : -1;
    shape.alpha = clamp01((centre - across) * (side / soft) + .5);
  } else {
    const double half = (high - low) * random.uniform(.05, .25);
    shape.alpha = clamp01((half - cv::abs(across - centre)) / soft + .5);
    if (random.chance(.5)) {
      cv::minMaxLoc(along, &low, &high);
      const double middle = random.uniform(low, high);
      const double reach = std::min(size.width, size.height) * random.uniform(.1, .5);
      shape.alpha = shape.alpha.mul(clamp01((reach - cv::abs(along - middle)) / soft + .5));
    }
  }
  return shape;
}

}  // namespace paucal::data
