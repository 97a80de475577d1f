#include "data/augment/inspection.h"

#include <algorithm>
#include <cmath>

#include "data/augment/colour.h"
#include "data/augment/cutout.h"
#include "data/augment/filter.h"
#include "data/augment/inspection_deep.h"
#include "data/augment/statistics.h"

namespace paucal::data {
namespace {

// Uniform in the logarithm: as often to the half as to the double.
double around_one(double spread, Random& random) {
  const double reach = std::log1p(spread);
  return std::exp(random.uniform(-reach, reach));
}

// Every number is drawn whatever the options, so that switching one off leaves the others' draws.
Affine draw_warp(int width, int height, const InspectionAugmentOptions& options, Random& random) {
  const bool mirror_x = random.chance(0.5), mirror_y = random.chance(0.5);
  const double degrees = random.uniform(-options.rotate, options.rotate);
  const double scale = around_one(options.scale, random);
  const double shear = std::tan(random.uniform(-options.shear, options.shear) * M_PI / 180);
  const double shift_x = random.uniform(-options.translate, options.translate) * width;
  const double shift_y = random.uniform(-options.translate, options.translate) * height;

  const double centre_x = width / 2.0, centre_y = height / 2.0;
  const double flip_x = options.flip_x && mirror_x ? -1 : 1;
  const double flip_y = options.flip_y && mirror_y ? -1 : 1;
  // Output → input, about the centre: unshift, unscale and flip, unshear, unrotate.
  Affine m = rotation(degrees, 0, 0);
  m = compose(m, {1, shear, 0, 0, 1, 0});
  m = compose(m, {flip_x / scale, 0, 0, 0, flip_y / scale, 0});
  // Drawn last, and only where it is on: runs without it stay what they were.
  if (options.turn && width == height && random.chance(0.5)) m = compose(m, {0, 1, 0, 1, 0, 0});
  m = compose(m, {1, 0, -centre_x - shift_x, 0, 1, -centre_y - shift_y});
  m[2] += centre_x;
  m[5] += centre_y;
  return m;
}

// Every number is drawn here, too, whatever the options.
Appearance draw_appearance(int shorter_side, const InspectionAugmentOptions& options,
                           Random& random) {
  Appearance look;
  look.brightness = random.uniform(1 - options.brightness, 1 + options.brightness);
  look.contrast = random.uniform(1 - options.contrast, 1 + options.contrast);
  look.gamma = around_one(options.gamma, random);
  const bool blurs = random.chance(0.5);
  const double blur = random.uniform(0, options.blur);
  look.blur = blurs ? blur : 0;
  look.noise = random.uniform(0, options.noise);
  look.cutout = random.uniform(0, options.cutout) * shorter_side;
  return look;
}

Lut change_light(edge::Image& image, const Appearance& look) {
  const int grey = mean_grey(image);
  Lut lut = gamma_lut(look.gamma);
  lut.append(contrast_lut(look.contrast, lut.of(0)[grey]));
  lut.append(brightness_lut(look.brightness));
  apply_lut(lut, image, image);
  return lut;
}

void augment_plain(const edge::Image& in, const Appearance& look, Random& random,
                   Augmented& result) {
  warp(in, result.warp, in.width, in.height,
       {.sampling = Sampling::kBilinear, .border = Border::kMirror}, result.image);
  result.light = change_light(result.image, look);
  if (look.blur > 0) {
    Scratch scratch;
    gaussian_blur(result.image, look.blur, scratch.image, scratch);
    std::swap(result.image, scratch.image);
  }
  cutout(result.image, static_cast<int>(look.cutout), {127, 127, 127}, random);
  gaussian_noise(result.image, look.noise, random);
}

// Drawn last, and only where it is on: runs without it stay what they were.
void change_colour(edge::Image& image, const InspectionAugmentOptions& options, Random& random) {
  if (image.channels != 3) return;
  const double hue = options.hue > 0 ? random.uniform(-options.hue, options.hue) : 0;
  const double saturation =
      options.saturation > 0 ? random.uniform(1 - options.saturation, 1 + options.saturation) : 1;
  if (image.is_deep()) {
    if (hue != 0 || saturation != 1) change_deep_colour(image, hue, saturation);
    return;
  }
  if (options.hue > 0) shift_hue(image, hue);
  if (options.saturation == 0) return;
  Scratch scratch;
  saturate(image, saturation, scratch);
}

}  // namespace

Augmented augment_inspection(const edge::Image& in, const edge::Geometry& geometry,
                             const InspectionAugmentOptions& options, Random& random) {
  check_image("augment_inspection", in);
  if (geometry.width() != in.width || geometry.height() != in.height)
    fail("augment_inspection", "geometry of {}x{} pixels, expected the image's {}x{}",
         geometry.width(), geometry.height(), in.width, in.height);
  Augmented result;
  result.warp = draw_warp(in.width, in.height, options, random);
  result.geometry = geometry.warped(result.warp, in.width, in.height);
  const Appearance look = draw_appearance(std::min(in.width, in.height), options, random);
  if (in.is_deep())
    augment_deep(in, look, random, result);
  else
    augment_plain(in, look, random, result);
  change_colour(result.image, options, random);
  return result;
}

double Augmented::lit(double value) const {
  if (deep_light) return (*deep_light)(value);
  return light.of(0)[static_cast<size_t>(std::clamp(std::lround(255 * value), 0L, 255L))] / 255.;
}

edge::Image warp_mask(const edge::Image& mask, const Affine& matrix) {
  edge::Image result;
  warp(mask, matrix, mask.width, mask.height,
       {.sampling = Sampling::kNearest, .border = Border::kMirror}, result);
  return result;
}

}  // namespace paucal::data
