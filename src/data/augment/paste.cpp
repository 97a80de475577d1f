#include "data/augment/paste.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace paucal::data {
namespace {

// Coverage of one defect, 0 … 1, over a window of the image.
struct Shape {
  cv::Rect window;
  cv::Mat alpha;  // CV_32F
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

// A random walk, often along an axis or inwards from a border, drawn 1 to 4 px wide.
Shape line(Random& random, cv::Size size) {
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
  constexpr std::array<int, 7> kWidths = {1, 1, 1, 2, 2, 3, 4};
  constexpr double kPace = 6;
  constexpr int kShift = 4;  // sub-pixel coordinates in 1/16 px
  const double length = log_uniform(random, .08 * side, side);
  const double wander = kWander[static_cast<size_t>(random.below(3))];
  std::vector<cv::Point> points;
  for (double done = 0; done <= length || points.size() < 2; done += kPace) {
    points.emplace_back(cvRound(x * 16), cvRound(y * 16));
    angle += wander * random.normal();
    x += kPace * std::cos(angle);
    y += kPace * std::sin(angle);
  }
  cv::Mat drawn = cv::Mat::zeros(size, CV_8U);
  cv::polylines(drawn, points, false, 255, kWidths[static_cast<size_t>(random.below(7))],
                cv::LINE_AA, kShift);
  const double blur = random.uniform(.4, 1);
  cv::GaussianBlur(drawn, drawn, {}, blur);
  Shape shape{{{}, size}, {}};
  drawn.convertTo(shape.alpha, CV_32F, 1 / 255.);
  if (random.chance(.5)) {  // a scratch that fades and comes back
    cv::Mat fade = .8 + .5 * smooth_noise(random, size, 20);
    shape.alpha = shape.alpha.mul(cv::min(cv::max(fade, .2), 1.));
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
    cv::Scalar mean, spread;
    cv::meanStdDev(planes_[0], mean, spread);
    deviation_ = std::max(5., spread[0]) * options.strength;
  }

  void add() {
    const std::array<double, 5> weights = {options_.line, options_.blob, options_.patch,
                                           options_.step, options_.chip};
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
      case 2: {
        const double radius = log_uniform(random_, .06 * side, .4 * side);
        const double rough = random_.uniform(.05, .35);
        Shape patch = ellipse(random_, size_, x, y, radius, .4, std::max(4., .5 * radius), rough);
        if (patch.alpha.empty()) return;
        patch.alpha = clamp01((1 - patch.alpha) * (radius / random_.uniform(1, 6)));
        return fill(patch, .3, 1.5);
      }
      case 3:
        return fill(step(random_, size_), .3, 1.5);
      default: {
        const double radius = log_uniform(random_, .03 * side, .2 * side);
        const int64_t border = random_.below(4);
        const double bx = border == 0 ? 0 : border == 1 ? size_.width - 1 : x;
        const double by = border == 2 ? 0 : border == 3 ? size_.height - 1 : y;
        Shape chip = ellipse(random_, size_, bx, by, radius, .4, std::max(3., .4 * radius), .25);
        if (chip.alpha.empty()) return;
        chip.alpha = clamp01((1 - chip.alpha) * (radius / random_.uniform(1, 3)));
        return fill(chip, .8, 2.5);
      }
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

  void mark(const Shape& shape, double from) { mask_(shape.window).setTo(1, shape.alpha > from); }

  // Adds a constant of `strength` deviations: scratches and spots keep the texture below them.
  void shade(const Shape& shape, double strength, double dark, double marked_from) {
    const double level = strength * deviation_ * sign(random_, dark);
    for (auto& plane : planes_) {
      cv::Mat here = plane(shape.window);
      here += shape.alpha * level;
    }
    mark(shape, marked_from);
  }

  // Puts another surface, lighter or darker, in the place of this one.
  void fill(const Shape& shape, double weakest, double strongest) {
    const double level = deviation_ * random_.uniform(weakest, strongest) * sign(random_, .65);
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
  double deviation_ = 0;  // grey levels
};

}  // namespace

Pasted paste_defect(const edge::Image& image, const edge::Image& donor, const PasteOptions& options,
                    Random& random) {
  if (image.width < 8 || image.height < 8 || donor.width < 2 || donor.height < 2)
    fail("paste", "image of {}×{}, donor of {}×{}: expected at least 8×8 and 2×2", image.width,
         image.height, donor.width, donor.height);
  Paster paster(image, donor, options, random);
  const int count = random.chance(.7) ? 1 : 2;
  for (int i = 0; i < count; ++i) paster.add();
  return paster.result();
}

}  // namespace paucal::data
