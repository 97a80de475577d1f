#include "data/augment/randaugment.h"

#include "data/augment/affine.h"
#include "data/augment/colour.h"
#include "data/augment/filter.h"
#include "data/augment/statistics.h"

namespace paucal::data {
namespace {

// Strengths of one operation under each rule.
struct OpRow {
  std::string_view name;
  // kOriginal: base + span · magnitude / 10, cut to whole numbers or negated half the time if told.
  double base, span;
  bool whole, either_sign;
  // kTorchssl: uniform between.
  double low, high;
};

constexpr std::array<OpRow, kOpCount> kRows = {{
    {"AutoContrast", 0, 0, false, false, 0, 0},
    {"Brightness", 0.05, 0.9, false, false, 0.05, 0.95},
    {"Color", 0.05, 0.9, false, false, 0.05, 0.95},
    {"Contrast", 0.05, 0.9, false, false, 0.05, 0.95},
    {"Equalize", 0, 0, false, false, 0, 0},
    {"Identity", 0, 0, false, false, 0, 0},
    {"Posterize", 4, 4, true, false, 4, 8},
    {"Rotate", 0, 30, true, true, -30, 30},
    {"Sharpness", 0.05, 0.9, false, false, 0.05, 0.95},
    {"ShearX", 0, 0.3, false, true, -0.3, 0.3},
    {"ShearY", 0, 0.3, false, true, -0.3, 0.3},
    {"Solarize", 256, -256, true, false, 0, 256},
    {"TranslateX", 0, 0.3, false, true, -0.3, 0.3},
    {"TranslateY", 0, 0.3, false, true, -0.3, 0.3},
}};

void warp_in_place(const Affine& matrix, Canvas& canvas) {
  canvas.move([&](const edge::Image& from, edge::Image& to) {
    warp(from, matrix, from.width, from.height, {}, to);
  });
}

}  // namespace

std::string_view op_name(Op op) {
  return kRows[static_cast<int>(op)].name;
}

double draw_value(Op op, Strengths strengths, int width, int height, Random& random) {
  const OpRow& row = kRows[static_cast<int>(op)];
  const double extent = op == Op::kTranslateX ? width : op == Op::kTranslateY ? height : 1;
  if (strengths == Strengths::kTorchssl) return random.uniform(row.low, row.high) * extent;
  const auto magnitude = static_cast<double>(random.between(1, 9));
  double part = row.span * magnitude / 10;
  if (row.whole) part = static_cast<int>(part);
  if (row.either_sign && random.chance(0.5)) part = -part;
  const double value = row.base + part;
  const bool translates = op == Op::kTranslateX || op == Op::kTranslateY;
  return translates ? static_cast<int>(value * extent) : value;
}

void apply_op(Op op, double value, Canvas& canvas, Scratch& scratch) {
  switch (op) {
    case Op::kAutoContrast:
      return canvas.add(autocontrast_lut(canvas.pixels()));
    case Op::kBrightness:
      return canvas.add(brightness_lut(value));
    case Op::kColor:
      return canvas.edit([&](edge::Image& image) { saturate(image, value, scratch); });
    case Op::kContrast:
      return canvas.add(contrast_lut(value, mean_grey(canvas.pixels())));
    case Op::kEqualize:
      return canvas.add(equalize_lut(canvas.pixels()));
    case Op::kIdentity:
      return;
    case Op::kPosterize:
      return canvas.add(posterize_lut(static_cast<int>(value)));
    case Op::kRotate:
      return warp_in_place(rotation(value, canvas.width() / 2.0, canvas.height() / 2.0), canvas);
    case Op::kSharpness:
      return canvas.move(
          [&](const edge::Image& from, edge::Image& to) { sharpen(from, value, to, scratch); });
    case Op::kShearX:
      return warp_in_place({1, value, 0, 0, 1, 0}, canvas);
    case Op::kShearY:
      return warp_in_place({1, 0, 0, value, 1, 0}, canvas);
    case Op::kSolarize:
      return canvas.add(solarize_lut(value));
    case Op::kTranslateX:
      return warp_in_place({1, 0, value, 0, 1, 0}, canvas);
    case Op::kTranslateY:
      return warp_in_place({1, 0, 0, 0, 1, value}, canvas);
  }
}

void rand_augment(const RandAugment& options, Random& random, Canvas& canvas, Scratch& scratch) {
  for (int i = 0; i < options.ops; ++i) {
    const Op op = static_cast<Op>(random.below(kOpCount));
    const double value = draw_value(op, options.strengths, canvas.width(), canvas.height(), random);
    if (random.chance(options.probability)) apply_op(op, value, canvas, scratch);
  }
}

}  // namespace paucal::data
