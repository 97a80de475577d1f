#include "data/synth/electrode.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/synth/defects.h"
#include "data/synth/relief.h"
#include "data/synth/sheet.h"
#include "labels/outline.h"

namespace paucal::data {
namespace {

constexpr std::string_view kElectrodePlace = "synth";

// Each thing has a stream of its own, so that a sheet stays the same with and without defects.
enum Stream : uint64_t { kPart = 1, kSheet, kSpots, kDefects, kSensor };

// Spreads NG images evenly: the share holds for every beginning of the set.
bool is_ng(double share, int64_t index) {
  return std::floor(static_cast<double>(index + 1) * share) >
         std::floor(static_cast<double>(index) * share);
}

DefectKind pick_kind(const ElectrodeOptions& options, bool has_edge, Random& random) {
  const std::array<double, 4> weights = {options.scratch, options.pinhole, options.dent,
                                         has_edge ? options.chip : 0};
  double left = random.uniform() * (weights[0] + weights[1] + weights[2] + weights[3]);
  for (int kind = 0; kind < 4; ++kind) {
    left -= weights[kind];
    if (left < 0) return static_cast<DefectKind>(kind);
  }
  return DefectKind::kScratch;
}

edge::Image threshold(const edge::Map& coverage) {
  edge::Image mask(coverage.width, coverage.height, 1);
  for (size_t i = 0; i < coverage.values.size(); ++i)
    mask.pixels[i] = coverage.values[i] >= 0.5f ? 255 : 0;
  return mask;
}

// Whether `mask`, of a window that begins at `defect`, comes nearer than a few pixels to what is
// there: then a person could not tell them apart.
bool touches(const Defect& defect, const edge::Image& mask, const edge::Image& there) {
  constexpr int kApart = 3;
  for (int row = 0; row < mask.height; ++row)
    for (int column = 0; column < mask.width; ++column) {
      if (!mask.at(column, row)) continue;
      const int x = defect.x + column, y = defect.y + row;
      for (int v = std::max(0, y - kApart); v <= std::min(there.height - 1, y + kApart); ++v)
        for (int u = std::max(0, x - kApart); u <= std::min(there.width - 1, x + kApart); ++u)
          if (there.at(u, v)) return true;
    }
  return false;
}

// What lies in the window of `defect`, in pixels of the sheet.
labels::Instance instance_of(const Defect& defect, const edge::Image& mask, DefectKind kind) {
  labels::Instance instance{labels::mask_bounds(mask), std::string(defect_name(kind)),
                            labels::outline(mask)};
  const auto x = static_cast<float>(defect.x), y = static_cast<float>(defect.y);
  edge::Box& box = instance.box;
  box = {box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y};
  for (labels::Ring& ring : instance.polygons)
    for (auto& point : ring) point = {point[0] + x, point[1] + y};
  return instance;
}

void add_window(const Defect& defect, const edge::Image& mask, edge::Map& grey,
                edge::Image& whole) {
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) {
      grey.at(defect.x + x, defect.y + y) += defect.change.at(x, y);
      whole.at(defect.x + x, defect.y + y) |= mask.at(x, y);
    }
}

// One defect more, apart from those that are there already.
void add_defect(DefectKind kind, const ElectrodeOptions& options, const Sheet& sheet,
                edge::Map& grey, SynthImage& result, Random& random) {
  constexpr int kTries = 50;
  for (int i = 0; i < kTries; ++i) {
    const auto defect = make_defect(kind, sheet, options, random);
    if (!defect) continue;
    const edge::Image mask = threshold(defect->coverage);
    if (touches(*defect, mask, result.mask)) continue;
    add_window(*defect, mask, grey, result.mask);
    result.instances.push_back(instance_of(*defect, mask, kind));
    return;
  }
  // A crowded sheet may lack its second defect, never its first.
  if (result.instances.empty())
    fail(kElectrodePlace, "{}: no room for a {} in {} tries", result.name, defect_name(kind),
         kTries);
}

edge::Image expose(const edge::Map& grey, const edge::Map& light, double noise, Random& random) {
  edge::Image image(grey.width, grey.height, 1);
  for (size_t i = 0; i < grey.values.size(); ++i) {
    const float value =
        grey.values[i] * light.values[i] + static_cast<float>(noise) * quick_normal(random);
    image.pixels[i] = static_cast<uint8_t>(std::clamp(value + 0.5f, 0.f, 255.f));
  }
  return image;
}

}  // namespace

void check_electrode_options(const ElectrodeOptions& options) {
  ElectrodeOptions copy = options;
  Options bounds = options_of(copy);
  for (auto& option : bounds.all()) option.set(option.value());  // throws out of bounds
  if (options.min_contrast > options.max_contrast)
    fail(kElectrodePlace, "min_contrast={}: expected at most max_contrast={}", options.min_contrast,
         options.max_contrast);
  for (const int side : {options.sheet_width(), options.sheet_height()})
    if (side < options.size)
      fail(kElectrodePlace, "a sheet of {} × {} px, expected at least size={} each way",
           options.sheet_width(), options.sheet_height(), options.size);
  if (options.ng_share == 0) return;
  const double anywhere = options.scratch + options.pinhole + options.dent;
  if (anywhere + options.chip == 0)
    fail(kElectrodePlace,
         "scratch, pinhole, dent and chip are all 0: expected one above 0, or ng_share=0");
  if (anywhere == 0 && options.foil_share < 1)
    fail(kElectrodePlace, "foil_share={}: expected 1 where all defects are edge chips",
         options.foil_share);
}

SynthImage make_electrode(const ElectrodeOptions& options, int64_t index) {
  check_electrode_options(options);
  if (index < 0) fail(kElectrodePlace, "image {}: expected an index of at least 0", index);
  const int64_t part = index / options.images_per_part;
  Random part_random(options.seed, kPart, static_cast<uint64_t>(part));
  const auto stream = [&](Stream s) {
    return Random(options.seed, s, static_cast<uint64_t>(index));
  };

  SynthImage result;
  result.group = fmt::format("part{:04}", part);
  result.name = fmt::format("{}_{:02}", result.group, index % options.images_per_part);
  result.ng = is_ng(options.ng_share, index);
  result.mask = edge::Image(options.sheet_width(), options.sheet_height(), 1);

  Random sheet_random = stream(kSheet);
  const Sheet sheet = make_sheet(options, part_random, sheet_random);
  edge::Map grey = sheet.compose();
  Random spots = stream(kSpots);
  add_glue(grey, sheet, options.glue, spots);
  add_dust(grey, sheet, options.dust, spots);
  if (result.ng) {
    Random random = stream(kDefects);
    const int64_t count = random.chance(options.several) ? random.between(2, options.most) : 1;
    for (int64_t i = 0; i < count; ++i)
      add_defect(pick_kind(options, sheet.has_edge, random), options, sheet, grey, result, random);
  }
  Random sensor = stream(kSensor);
  result.image = expose(grey, sheet.light, options.noise, sensor);
  return result;
}

}  // namespace paucal::data
