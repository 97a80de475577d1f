#pragma once
// Colour operations. Those named after PIL's ImageEnhance and ImageOps give PIL's values: tables
// exactly, blends of whole pixels within 1.
//
// A blend by `factor` f is degenerate + f · (image − degenerate), cut off below the decimal point:
// f = 0 is the degenerate image, 1 the image, above 1 overshoots.

#include "base/options.h"
#include "base/random.h"
#include "data/augment/buffer.h"
#include "data/augment/lut.h"

namespace paucal::data {

// Tables that do not depend on the image.
Lut brightness_lut(double factor);               // degenerate: black
Lut contrast_lut(double factor, int mean_grey);  // degenerate: the mean grey
Lut gamma_lut(double gamma);                     // 255 · (v / 255)^gamma
Lut posterize_lut(int bits);                     // keeps the upper bits, 0 … 8
Lut solarize_lut(double threshold);              // inverts values from the threshold on

// Tables that do.
Lut autocontrast_lut(const edge::Image& image);  // stretches each channel to 0 … 255
Lut equalize_lut(const edge::Image& image);      // flattens each channel's histogram

// Degenerate: the luma. In place; a grey image stays as it is. 0 ≤ factor < 8.
void saturate(edge::Image& image, double factor, Scratch& scratch);

// Turns the hue by `turn` of the colour circle, −0.5 … 0.5: red → green is 1/3. In place.
void shift_hue(edge::Image& image, double turn);

struct JitterOptions {
  double brightness = 0;
  double contrast = 0;
  double saturation = 0;
  double hue = 0;

  template <class V>
  void visit(V& v) {
    v(brightness, "brightness", "factor drawn from 1 ± this", Range{0, 1});
    v(contrast, "contrast", "factor drawn from 1 ± this", Range{0, 1});
    v(saturation, "saturation", "factor drawn from 1 ± this", Range{0, 1});
    v(hue, "hue", "turn of the colour circle, drawn from ± this", Range{0, 0.5});
  }
};

// The four, in an order drawn too, as torchvision's ColorJitter. In place.
void colour_jitter(edge::Image& image, const JitterOptions& options, Random& random,
                   Scratch& scratch);

}  // namespace paucal::data
