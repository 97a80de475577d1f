#pragma once
// Augmentation of inspection images, where boxes and masks must follow: one affine warp, which is
// reported, then changes of light and sensor.

#include <optional>

#include "base/options.h"
#include "base/random.h"
#include "data/augment/affine.h"
#include "data/augment/deep_light.h"
#include "data/augment/lut.h"
#include "edge/pre/geometry.h"

namespace paucal::data {

struct InspectionAugmentOptions {
  bool flip_x = true;
  bool flip_y = true;
  bool turn = false;
  double rotate = 10;
  double scale = 0.1;
  double shear = 0;
  double translate = 0.05;
  double brightness = 0.15;
  double contrast = 0.15;
  double gamma = 0.15;
  double hue = 0;
  double saturation = 0;
  double noise = 4;
  double blur = 0.5;
  double cutout = 0;

  template <class V>
  void visit(V& v) {
    v(flip_x, "flip_x", "mirror left-right half the time");
    v(flip_y, "flip_y", "mirror top-bottom half the time");
    v(turn, "turn", "turn by a right angle half the time, where the image is square");
    v(rotate, "rotate", "degrees, drawn from ± this", Range{0, 180});
    v(scale, "scale", "enlargement, drawn from 1/(1 + this) to 1 + this", Range{0, 4});
    v(shear, "shear", "degrees, drawn from ± this", Range{0, 60});
    v(translate, "translate", "share of width and height, drawn from ± this", Range{0, 1});
    v(brightness, "brightness", "factor drawn from 1 ± this", Range{0, 1});
    v(contrast, "contrast", "factor drawn from 1 ± this", Range{0, 1});
    v(gamma, "gamma", "exponent drawn from 1/(1 + this) to 1 + this", Range{0, 4});
    v(hue, "hue", "colour images: turn of the colour circle, drawn from ± this", Range{0, 0.5});
    v(saturation, "saturation", "colour images: factor drawn from 1 ± this", Range{0, 1});
    v(noise, "noise",
      "standard deviation in grey levels, drawn from 0 to this; at full depth (input.depth=16) a "
      "level is 1/32 of the image's standard deviation",
      Range{0, 128});
    v(blur, "blur", "standard deviation in pixels, drawn from 0 to this, half the time",
      Range{0, 20});
    v(cutout, "cutout",
      "side of a grey square as a share of the shorter side, drawn from 0 to "
      "this; it may hide a small defect",
      Range{0, 1});
  }
};

// What is drawn of light and sensor.
struct Appearance {
  double brightness = 1, contrast = 1, gamma = 1;
  double blur = 0;    // px
  double noise = 0;   // grey levels
  double cutout = 0;  // side of a grey square, px
};

struct Augmented {
  edge::Image image;
  edge::Geometry geometry;                   // of the image given, followed by the warp
  Affine warp = kIdentity;                   // output → input, for warp_mask()
  Lut light = Lut::identity();               // what became of each grey value of 8 bits …
  std::optional<DeepLight> deep_light = {};  // … and at full depth

  // What became of a value, white being 1.
  double lit(double value) const;
};

// At full depth grey levels are those of the image: see deep_light.h. The image keeps its size;
// what comes in from outside is mirrored. `geometry` is that of `in` (network pixels = pixels of
// `in`). Throws Error: an empty image, a geometry of another size.
Augmented augment_inspection(const edge::Image& in, const edge::Geometry& geometry,
                             const InspectionAugmentOptions& options, Random& random);

// A mask in the pixels of the image that was given to augment_inspection(), warped as that one:
// nearest sampling, so values stay what they are, mirrored like the image.
edge::Image warp_mask(const edge::Image& mask, const Affine& warp);

}  // namespace paucal::data
