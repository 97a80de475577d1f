#pragma once
// RandAugment (Cubuk et al., 2020) as semi-supervised learning uses it: operations drawn at random
// from fourteen, with drawn strengths.

#include <array>
#include <string_view>

#include "base/random.h"
#include "data/augment/canvas.h"

namespace paucal::data {

enum class Op {
  kAutoContrast,
  kBrightness,
  kColor,
  kContrast,
  kEqualize,
  kIdentity,
  kPosterize,
  kRotate,
  kSharpness,
  kShearX,
  kShearY,
  kSolarize,
  kTranslateX,
  kTranslateY,
};
constexpr int kOpCount = 14;
std::string_view op_name(Op op);

// `value`: the factor of Brightness, Color, Contrast and Sharpness; bits kept of Posterize; the
// threshold of Solarize; degrees counter-clockwise of Rotate; pixels in per pixel across of the
// shears; pixels of the translations (positive: the content moves left or up). What comes in from
// outside is black. All as PIL, nearest sampling.
void apply_op(Op op, double value, Canvas& canvas, Scratch& scratch);

// How strengths are drawn.
enum class Strengths {
  kOriginal,  // google-research/fixmatch: an integer magnitude 1 … 9 of 10, signs at random
  kTorchssl,  // TorchSSL, USB: uniform in the operation's range
};
double draw_value(Op op, Strengths strengths, int width, int height, Random& random);

struct RandAugment {
  int ops = 2;
  double probability = 0.5;  // of each drawn operation to be applied
  Strengths strengths = Strengths::kOriginal;
};
void rand_augment(const RandAugment& options, Random& random, Canvas& canvas, Scratch& scratch);

}  // namespace paucal::data
