#pragma once
// Parts that lie anywhere and in any rotation, brought into one pose before a network sees them.
// What a pose is measured by, OK images of the training split have told
// (data/feed/fit_alignment.h).

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "edge/image/image.h"
#include "edge/pre/geometry.h"
#include "edge/pre/part.h"

namespace paucal::edge {

// What turns a part upright: its main axis, or the rotation that fits a template best.
enum class Align { kNone, kPca, kTemplate };
inline constexpr std::array kAlignNames = {"none", "pca", "template"};

struct Alignment {
  static constexpr int kRings = 24, kAngles = 180;  // of a picture in polar coordinates
  static constexpr int kMostSide = 16384;

  Align by = Align::kPca;
  int width = 0, height = 0;       // of what is shown of a part, in pixels of the original
  bool bright = false;             // parts are brighter than what lies around them
  double radius = 0;               // template: how far from its centre a part reaches, in pixels
  std::vector<int8_t> polar = {};  // template: kRings × kAngles, rings from the centre
};

struct Pose {
  double x = 0, y = 0;  // centre, in pixels of the image
  double angle = 0;     // of what becomes the x axis, in radians from x towards y
};

// Contrast of the part on rings around its centre, of all but the mean of each ring; rows of
// kAngles from `angle` on. A ring counts by its length.
std::vector<float> polar_picture(const Part& part, double radius, double angle);

// How far `picture` is turned against the template, in radians, by circular cross-correlation: the
// largest, refined by the parabola through its neighbours. `fit`: its height, where asked for.
double turn_against(const std::vector<int8_t>& polar, const std::vector<float>& picture,
                    double* fit = nullptr);

// The middle of the image, unturned, where no part is found.
Pose pose_of(const Image& image, const Alignment& alignment);

// The part in its pose, alignment.width × alignment.height around its centre; beyond the image its
// border is repeated. `geometry`, which leads from the image's pixels to the original's, becomes
// that of the result.
Image aligned(const Image& image, const Alignment& alignment, Geometry& geometry);

}  // namespace paucal::edge
