#include "data/augment/paste.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/error.h"
#include "data/augment/paste_shapes.h"
#include "data/augment/paste_surface.h"
#include "edge/image/deep.h"

namespace paucal::data {
namespace {

constexpr double kLeast = 5, kLeastDeep = 1;  // deviation, grey levels

// A picture on its way to one with defects.
struct Scene {
  std::vector<cv::Mat> planes, donor;  // CV_32F, one a channel
  cv::Mat mask;                        // CV_8U
  bool deep = false;                   // levels are those of 65535
  double deviation = 0;                // of the picture, grey levels
  double contrast = 0;                 // what the levels of pasted defects are multiples of

  cv::Size size() const { return mask.size(); }
  double side() const { return std::min(mask.cols, mask.rows); }
};

std::vector<cv::Mat> split(const edge::Image& image) {
  const int channels = image.channels;
  const cv::Mat whole = image.is_deep() ? cv::Mat(image.height, image.width, CV_16UC(channels),
                                                  const_cast<uint16_t*>(image.deep.data()))
                                        : cv::Mat(image.height, image.width, CV_8UC(channels),
                                                  const_cast<uint8_t*>(image.pixels.data()));
  std::vector<cv::Mat> planes;
  cv::split(whole, planes);
  for (auto& plane : planes) plane.convertTo(plane, CV_32F);
  return planes;
}

Scene scene_of(const edge::Image& image, const edge::Image& donor, double strength) {
  Scene scene;
  scene.planes = split(image);
  scene.donor = split(donor);
  scene.mask = cv::Mat::zeros(image.height, image.width, CV_8U);
  scene.deep = image.is_deep();
  scene.deviation = std::max(scene.deep ? kLeastDeep : kLeast, robust_deviation(scene.planes[0]));
  scene.contrast = scene.deviation * strength;
  return scene;
}

template <class T>
std::vector<T> joined(const std::vector<cv::Mat>& planes) {
  std::vector<T> samples;
  samples.reserve(planes[0].total() * planes.size());
  for (int y = 0; y < planes[0].rows; ++y)
    for (int x = 0; x < planes[0].cols; ++x)
      for (const cv::Mat& plane : planes)
        samples.push_back(cv::saturate_cast<T>(plane.at<float>(y, x)));
  return samples;
}

Pasted pasted_of(const Scene& scene) {
  Pasted pasted;
  const cv::Size size = scene.size();
  const int channels = static_cast<int>(scene.planes.size());
  if (scene.deep) {
    pasted.image =
        edge::deep_image(size.width, size.height, channels, joined<uint16_t>(scene.planes));
  } else {
    pasted.image = edge::Image(size.width, size.height, channels);
    pasted.image.pixels = joined<uint8_t>(scene.planes);
  }
  pasted.mask.assign(scene.mask.begin<uint8_t>(), scene.mask.end<uint8_t>());
  return pasted;
}

void mark(Scene& scene, const DefectShape& shape, double from) {
  scene.mask(shape.window).setTo(1, (shape.whole.empty() ? shape.alpha : shape.whole) > from);
}

// How a constant is added: `strength` deviations, darker with the probability `dark`.
struct Shade {
  double strength = 0, dark = 0, marked_from = 0;
};

// Scratches and spots keep the texture below them.
void shade(Scene& scene, Random& random, const DefectShape& shape, const Shade& how) {
  const double level = how.strength * scene.contrast * random_sign(random, how.dark);
  for (auto& plane : scene.planes) {
    cv::Mat here = plane(shape.window);
    here += shape.alpha * level;
  }
  mark(scene, shape, how.marked_from);
}

// Puts another surface, lighter or darker, in the place of this one.
void cover(Scene& scene, Random& random, const DefectShape& shape, Range strength) {
  const double level =
      scene.contrast * random.uniform(strength.low, strength.high) * random_sign(random, .65);
  const Random same = random;  // all channels show the same surface
  for (size_t c = 0; c < scene.planes.size(); ++c) {
    random = same;
    cv::Mat here = scene.planes[c](shape.window);
    const cv::Mat& donor = scene.donor[c % scene.donor.size()];
    const cv::Mat there = patch_surface(random, here, donor, scene.deviation) + level;
    here += shape.alpha.mul(there - here);
  }
  mark(scene, shape, .5);
}

// ---- the kinds of defects. `x`, `y`: where, px; lines and steps choose for themselves

void paste_line(Scene& scene, Random& random, double, double) {
  const DefectShape scratch = line_shape(random, scene.size());
  shade(scene, random, scratch, {random.uniform(.6, 3), .75, .2});
}

void paste_blob(Scene& scene, Random& random, double x, double y) {
  const double radius = log_uniform(random, 2.5, std::max(4., .05 * scene.side()));
  DefectShape spot =
      ellipse_shape(random, scene.size(), {x, y, radius, .3, std::max(2., .7 * radius), .25});
  if (spot.alpha.empty()) return;
  spot.alpha = clamp01((1.15 - spot.alpha) / random.uniform(.2, .8));
  shade(scene, random, spot, {random.uniform(.8, 3.5), .8, .4});
}

// A rise or a hollow of the surface, lit from one side.
void paste_bump(Scene& scene, Random& random, double x, double y) {
  const double radius = log_uniform(random, 4, std::max(8., .06 * scene.side()));
  const DefectShape shape =
      ellipse_shape(random, scene.size(), {x, y, radius, .2, std::max(3., radius), .15});
  if (shape.alpha.empty()) return;
  cv::Mat height, dx, dy;
  cv::exp(-1.8 * shape.alpha.mul(shape.alpha), height);  // the rim is at 1.9 deviations
  cv::Sobel(height, dx, CV_32F, 1, 0);
  cv::Sobel(height, dy, CV_32F, 0, 1);
  const double light = random.uniform(0, 2 * M_PI);
  cv::Mat slope = std::cos(light) * dx + std::sin(light) * dy;
  double darkest = 0, brightest = 0;
  cv::minMaxLoc(slope, &darkest, &brightest);
  const double steepest = std::max({brightest, -darkest, 1e-6});
  slope *= random.uniform(.8, 3.5) * scene.contrast / steepest;
  for (auto& plane : scene.planes) {
    cv::Mat here = plane(shape.window);
    here += slope;
  }
  scene.mask(shape.window).setTo(1, shape.alpha < 1);
}

void paste_patch(Scene& scene, Random& random, double x, double y) {
  const double radius = log_uniform(random, .06 * scene.side(), .4 * scene.side());
  const double rough = random.uniform(.05, .35);
  DefectShape patch =
      ellipse_shape(random, scene.size(), {x, y, radius, .4, std::max(4., .5 * radius), rough});
  if (patch.alpha.empty()) return;
  patch.alpha = clamp01((1 - patch.alpha) * (radius / random.uniform(1, 6)));
  cover(scene, random, patch, {.3, 1.5});
}

void paste_step(Scene& scene, Random& random, double, double) {
  const DefectShape shape = step_shape(random, scene.size());
  cover(scene, random, shape, {.3, 1.5});
}

// What lies on one side of the contour takes the place of what lies on the other, not everywhere
// with full strength. Only what changed is the defect.
void bite(Scene& scene, Random& random, const ContourPoint& at) {
  constexpr double kChanged = .35;  // of the greatest change
  constexpr double kVisible = .8;   // deviations
  const double radius = log_uniform(random, 4, std::max(6., .08 * scene.side()));
  DefectShape shape =
      ellipse_shape(random, scene.size(), {at.x, at.y, radius, .3, std::max(3., .5 * radius), .3});
  if (shape.alpha.empty()) return;
  shape.alpha = clamp01((1 - shape.alpha) * (radius / random.uniform(1, 3)));
  cv::min(shape.alpha, random.uniform(.4, 1) + .2 * smooth_noise(random, shape.window.size(), 3),
          shape.alpha);
  cv::max(shape.alpha, 0, shape.alpha);
  const double reach = 2 * radius * random_sign(random, .5);
  const cv::Point from(cvRound(reach * at.nx), cvRound(reach * at.ny));
  cv::Mat changed;
  for (auto& plane : scene.planes) {
    cv::Mat here = plane(shape.window);
    cv::Mat change = shape.alpha.mul(shifted(plane, shape.window, from) - here);
    here += change;
    cv::GaussianBlur(change, change, {}, 1);
    change = cv::abs(change);
    changed = changed.empty() ? change : cv::max(changed, change);
  }
  double greatest = 0;
  cv::minMaxLoc(changed, nullptr, &greatest);
  const double from_change = std::max(kChanged * greatest, kVisible * scene.deviation);
  scene.mask(shape.window).setTo(1, changed > from_change);
}

// A bite out of a contour, if the picture has one; else, and now and then, out of its border.
void paste_chip(Scene& scene, Random& random, double x, double y) {
  constexpr double kPlain = 2;  // deviations
  if (random.chance(.75))
    if (const auto at = contour_point(scene.planes[0], kPlain * scene.deviation, random))
      return bite(scene, random, *at);
  const double radius = log_uniform(random, .03 * scene.side(), .2 * scene.side());
  const int64_t border = random.below(4);
  const double bx = border == 0 ? 0 : border == 1 ? scene.size().width - 1 : x;
  const double by = border == 2 ? 0 : border == 3 ? scene.size().height - 1 : y;
  DefectShape shape =
      ellipse_shape(random, scene.size(), {bx, by, radius, .4, std::max(3., .4 * radius), .25});
  if (shape.alpha.empty()) return;
  shape.alpha = clamp01((1 - shape.alpha) * (radius / random.uniform(1, 3)));
  cover(scene, random, shape, {.8, 2.5});
}

struct DefectKind {
  double PasteOptions::*weight;
  void (*paste)(Scene&, Random&, double x, double y);
};
constexpr std::array<DefectKind, 6> kKinds = {{{&PasteOptions::line, paste_line},
                                               {&PasteOptions::blob, paste_blob},
                                               {&PasteOptions::bump, paste_bump},
                                               {&PasteOptions::patch, paste_patch},
                                               {&PasteOptions::step, paste_step},
                                               {&PasteOptions::chip, paste_chip}}};

void paste_one(Scene& scene, const PasteOptions& options, Random& random) {
  double total = 0;
  for (const DefectKind& kind : kKinds) total += options.*kind.weight;
  if (total <= 0) fail("paste", "all weights are 0, expected one above 0");
  double draw = random.uniform(0, total);
  size_t kind = 0;
  while (kind + 1 < kKinds.size() && draw >= options.*kKinds[kind].weight)
    draw -= options.*kKinds[kind++].weight;
  const double x = random.uniform(0, scene.size().width);
  const double y = random.uniform(0, scene.size().height);
  kKinds[kind].paste(scene, random, x, y);
}

}  // namespace

Pasted paste_defect(const edge::Image& image, const edge::Image& donor, const PasteOptions& options,
                    Random& random) {
  const bool too_small =
      image.width < kMinPasted || image.height < kMinPasted || donor.width < 2 || donor.height < 2;
  if (too_small)
    return {image, std::vector<uint8_t>(static_cast<size_t>(image.width) * image.height, 0)};
  Scene scene = scene_of(image, donor, options.strength);
  const int count = random.chance(.7) ? 1 : 2;
  for (int i = 0; i < count; ++i) paste_one(scene, options, random);
  return pasted_of(scene);
}

}  // namespace paucal::data
