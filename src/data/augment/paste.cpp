#include "data/augment/paste.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/median.h"

namespace paucal::data {
namespace {

// Coverage of one defect, 0 … 1, over a window of the image.
struct Shape {
  cv::Rect window;
  cv::Mat alpha;       // CV_32F
  cv::Mat whole = {};  // of the same size: with what is interrupted; empty: nothing is
};

double log_uniform(Random& random, double low, double high) {
  return std::exp(random.uniform(std::log(low), std::log(std::max(low, high))));
}

double sign(Random& random, double dark) {
  return random.chance(dark) ? -1 : 1;
}

// Smooth noise of variance about 1, with features of `cell` pixels.
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

// A scratch 1 to 4 px wide. Some run out at their ends, fade and come back, or skip a little way,
// and are one scratch all the same.
Shape line(Random& random, cv::Size size) {
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
  Shape shape{{{}, size}, {}, {}};
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

// A rough ellipse around (x, y): distance from its centre, 1 at its rim; empty outside the image.
Shape ellipse(Random& random, cv::Size size, double x, double y, double radius, double stretch,
              double cell, double rough) {
  const double a = radius * std::exp(stretch * random.normal());
  const double b = radius * radius / a;
  const double reach = 1.7 * std::max(a, b) + 2;
  const cv::Rect window =
      cv::Rect(cvFloor(x - reach), cvFloor(y - reach), cvCeil(2 * reach), cvCeil(2 * reach)) &
      cv::Rect({}, size);
  if (window.width < 2 || window.height < 2) return {};
  const double angle = random.uniform(0, M_PI), c = std::cos(angle), s = std::sin(angle);
  cv::Mat distance = rough * smooth_noise(random, window.size(), cell);
  for (int j = 0; j < window.height; ++j)
    for (int i = 0; i < window.width; ++i) {
      const double dx = window.x + i + .5 - x, dy = window.y + j + .5 - y;
      distance.at<float>(j, i) +=
          static_cast<float>(std::hypot((c * dx + s * dy) / a, (c * dy - s * dx) / b));
    }
  return {window, distance};
}

// A half plane, a band or a finite band with a soft edge, straight or wavy.
Shape step(Random& random, cv::Size size) {
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
  Shape shape{{{}, size}, {}};
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

// Standard deviation by the median deviation from the median: a part of the image that is of
// another level (a foil beside a coating) does not count.
double robust_deviation(const cv::Mat& plane) {
  std::vector<float> values(plane.begin<float>(), plane.end<float>());
  const float level = median(values);
  for (float& value : values) value = std::abs(value - level);
  return kDeviationsOfMedian * median(values);
}

// A point on a contour within the picture, and the unit vector towards the brighter side.
struct ContourPoint {
  double x = 0, y = 0, nx = 0, ny = 0;
};

// The steepest of some points; nothing where even that is no step of more than `least` grey levels.
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

// The surface that shows through a patch: the same, smoothed, or of another image.
cv::Mat surface(Random& random, const cv::Mat& here, const cv::Mat& donor, double deviation) {
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

class Paster {
 public:
  Paster(const edge::Image& image, const edge::Image& donor, const PasteOptions& options,
         Random& random)
      : options_(options), random_(random), size_(image.width, image.height) {
    split(image, planes_);
    split(donor, donor_);
    mask_ = cv::Mat::zeros(size_, CV_8U);
    deviation_ = std::max(5., robust_deviation(planes_[0]));
    contrast_ = deviation_ * options.strength;
  }

  void add() {
    const std::array<double, 6> weights = {options_.line,  options_.blob, options_.bump,
                                           options_.patch, options_.step, options_.chip};
    double total = 0;
    for (const double weight : weights) total += weight;
    if (total <= 0) fail("paste", "all weights are 0, expected one above 0");
    double draw = random_.uniform(0, total);
    size_t kind = 0;
    while (kind + 1 < weights.size() && draw >= weights[kind]) draw -= weights[kind++];
    const double side = std::min(size_.width, size_.height);
    const double x = random_.uniform(0, size_.width), y = random_.uniform(0, size_.height);
    switch (kind) {
      case 0: {
        const Shape scratch = line(random_, size_);
        return shade(scratch, random_.uniform(.6, 3), .75, .2);
      }
      case 1: {
        const double radius = log_uniform(random_, 2.5, std::max(4., .05 * side));
        Shape spot = ellipse(random_, size_, x, y, radius, .3, std::max(2., .7 * radius), .25);
        if (spot.alpha.empty()) return;
        spot.alpha = clamp01((1.15 - spot.alpha) / random_.uniform(.2, .8));
        return shade(spot, random_.uniform(.8, 3.5), .8, .4);
      }
      case 2:
        return bump(x, y);
      case 3: {
        const double radius = log_uniform(random_, .06 * side, .4 * side);
        const double rough = random_.uniform(.05, .35);
        Shape patch = ellipse(random_, size_, x, y, radius, .4, std::max(4., .5 * radius), rough);
        if (patch.alpha.empty()) return;
        patch.alpha = clamp01((1 - patch.alpha) * (radius / random_.uniform(1, 6)));
        return fill(patch, .3, 1.5);
      }
      case 4:
        return fill(step(random_, size_), .3, 1.5);
      default:
        return chip(x, y);
    }
  }

  Pasted result() const {
    Pasted pasted;
    const int channels = static_cast<int>(planes_.size());
    pasted.image = edge::Image(size_.width, size_.height, channels);
    for (int c = 0; c < channels; ++c)
      for (int y = 0; y < size_.height; ++y)
        for (int x = 0; x < size_.width; ++x)
          pasted.image.at(x, y, c) = cv::saturate_cast<uint8_t>(planes_[c].at<float>(y, x));
    pasted.mask.assign(mask_.begin<uint8_t>(), mask_.end<uint8_t>());
    return pasted;
  }

 private:
  static void split(const edge::Image& image, std::vector<cv::Mat>& planes) {
    const cv::Mat whole(image.height, image.width, CV_8UC(image.channels),
                        const_cast<uint8_t*>(image.pixels.data()));
    cv::split(whole, planes);
    for (auto& plane : planes) plane.convertTo(plane, CV_32F);
  }

  // A rise or a hollow of the surface, lit from one side.
  void bump(double x, double y) {
    const double side = std::min(size_.width, size_.height);
    const double radius = log_uniform(random_, 4, std::max(8., .06 * side));
    const Shape shape = ellipse(random_, size_, x, y, radius, .2, std::max(3., radius), .15);
    if (shape.alpha.empty()) return;
    cv::Mat height, dx, dy;
    cv::exp(-1.8 * shape.alpha.mul(shape.alpha), height);  // the rim is at 1.9 deviations
    cv::Sobel(height, dx, CV_32F, 1, 0);
    cv::Sobel(height, dy, CV_32F, 0, 1);
    const double light = random_.uniform(0, 2 * M_PI);
    cv::Mat slope = std::cos(light) * dx + std::sin(light) * dy;
    double darkest = 0, brightest = 0;
    cv::minMaxLoc(slope, &darkest, &brightest);
    const double steepest = std::max({brightest, -darkest, 1e-6});
    slope *= random_.uniform(.8, 3.5) * contrast_ / steepest;
    for (auto& plane : planes_) {
      cv::Mat here = plane(shape.window);
      here += slope;
    }
    mask_(shape.window).setTo(1, shape.alpha < 1);
  }

  // A bite out of a contour, if the picture has one; else, and now and then, out of its border.
  void chip(double x, double y) {
    constexpr double kPlain = 2;  // deviations
    if (random_.chance(.75))
      if (const auto at = contour_point(planes_[0], kPlain * deviation_, random_)) return bite(*at);
    const double side = std::min(size_.width, size_.height);
    const double radius = log_uniform(random_, .03 * side, .2 * side);
    const int64_t border = random_.below(4);
    const double bx = border == 0 ? 0 : border == 1 ? size_.width - 1 : x;
    const double by = border == 2 ? 0 : border == 3 ? size_.height - 1 : y;
    Shape shape = ellipse(random_, size_, bx, by, radius, .4, std::max(3., .4 * radius), .25);
    if (shape.alpha.empty()) return;
    shape.alpha = clamp01((1 - shape.alpha) * (radius / random_.uniform(1, 3)));
    fill(shape, .8, 2.5);
  }

  // What lies on one side of the contour takes the place of what lies on the other, not everywhere
  // with full strength. Only what changed is the defect.
  void bite(const ContourPoint& at) {
    constexpr double kChanged = .35;  // of the greatest change
    constexpr double kVisible = .8;   // deviations
    const double side = std::min(size_.width, size_.height);
    const double radius = log_uniform(random_, 4, std::max(6., .08 * side));
    Shape shape = ellipse(random_, size_, at.x, at.y, radius, .3, std::max(3., .5 * radius), .3);
    if (shape.alpha.empty()) return;
    shape.alpha = clamp01((1 - shape.alpha) * (radius / random_.uniform(1, 3)));
    cv::min(shape.alpha,
            random_.uniform(.4, 1) + .2 * smooth_noise(random_, shape.window.size(), 3),
            shape.alpha);
    cv::max(shape.alpha, 0, shape.alpha);
    const double reach = 2 * radius * sign(random_, .5);
    const cv::Point from(cvRound(reach * at.nx), cvRound(reach * at.ny));
    cv::Mat changed;
    for (auto& plane : planes_) {
      cv::Mat here = plane(shape.window);
      cv::Mat change = shape.alpha.mul(shifted(plane, shape.window, from) - here);
      here += change;
      cv::GaussianBlur(change, change, {}, 1);
      change = cv::abs(change);
      changed = changed.empty() ? change : cv::max(changed, change);
    }
    double greatest = 0;
    cv::minMaxLoc(changed, nullptr, &greatest);
    mask_(shape.window).setTo(1, changed > std::max(kChanged * greatest, kVisible * deviation_));
  }

  // The window of the plane, moved; beyond the border its last pixels are repeated.
  static cv::Mat shifted(const cv::Mat& plane, const cv::Rect& window, const cv::Point& by) {
    cv::Mat result(window.size(), CV_32F);
    for (int y = 0; y < window.height; ++y)
      for (int x = 0; x < window.width; ++x)
        result.at<float>(y, x) =
            plane.at<float>(std::clamp(window.y + y + by.y, 0, plane.rows - 1),
                            std::clamp(window.x + x + by.x, 0, plane.cols - 1));
    return result;
  }

  void mark(const Shape& shape, double from) {
    mask_(shape.window).setTo(1, (shape.whole.empty() ? shape.alpha : shape.whole) > from);
  }

  // Adds a constant of `strength` deviations: scratches and spots keep the texture below them.
  void shade(const Shape& shape, double strength, double dark, double marked_from) {
    const double level = strength * contrast_ * sign(random_, dark);
    for (auto& plane : planes_) {
      cv::Mat here = plane(shape.window);
      here += shape.alpha * level;
    }
    mark(shape, marked_from);
  }

  // Puts another surface, lighter or darker, in the place of this one.
  void fill(const Shape& shape, double weakest, double strongest) {
    const double level = contrast_ * random_.uniform(weakest, strongest) * sign(random_, .65);
    const Random same = random_;  // all channels show the same surface
    for (size_t c = 0; c < planes_.size(); ++c) {
      random_ = same;
      cv::Mat here = planes_[c](shape.window);
      const cv::Mat there = surface(random_, here, donor_[c % donor_.size()], deviation_) + level;
      here += shape.alpha.mul(there - here);
    }
    mark(shape, .5);
  }

  const PasteOptions& options_;
  Random& random_;
  cv::Size size_;
  std::vector<cv::Mat> planes_, donor_;
  cv::Mat mask_;
  double deviation_ = 0;  // of the image, grey levels
  double contrast_ = 0;   // what the levels of pasted defects are multiples of
};

}  // namespace

Pasted paste_defect(const edge::Image& image, const edge::Image& donor, const PasteOptions& options,
                    Random& random) {
  const bool too_small =
      image.width < kMinPasted || image.height < kMinPasted || donor.width < 2 || donor.height < 2;
  if (too_small)
    return {image, std::vector<uint8_t>(static_cast<size_t>(image.width) * image.height, 0)};
  Paster paster(image, donor, options, random);
  const int count = random.chance(.7) ? 1 : 2;
  for (int i = 0; i < count; ++i) paster.add();
  return paster.result();
}

}  // namespace paucal::data
