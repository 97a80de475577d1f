#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "data/synth/electrode.h"
#include "data/synth/relief.h"
#include "labels/outline.h"

namespace paucal::data {
namespace {

ElectrodeOptions small() {
  ElectrodeOptions options;
  options.size = 128;
  return options;
}

edge::Image region(const edge::Image& mask, const edge::Box& box) {
  edge::Image inside(mask.width, mask.height, 1);
  for (int y = static_cast<int>(box.y0); y < static_cast<int>(box.y1); ++y)
    for (int x = static_cast<int>(box.x0); x < static_cast<int>(box.x1); ++x)
      inside.at(x, y) = mask.at(x, y);
  return inside;
}

TEST(Electrode, DependsOnSeedAndIndexOnly) {
  const SynthImage a = make_electrode(small(), 7);
  ElectrodeOptions larger = small();
  larger.count = 9999;
  EXPECT_EQ(a.image.pixels, make_electrode(larger, 7).image.pixels);
  EXPECT_NE(a.image.pixels, make_electrode(small(), 8).image.pixels);
  larger.seed = 2;
  EXPECT_NE(a.image.pixels, make_electrode(larger, 7).image.pixels);
}

// The stored sets and their figures rest on these pixels: if this fails on purpose, raise
// kVersion in electrode_set.cpp.
TEST(Electrode, KeepsItsPixels) {
  const SynthImage image = make_electrode(small(), 3);
  Hasher hasher;
  hasher.add(image.image.pixels).add(image.mask.pixels);
  EXPECT_EQ(hasher.hex(), "d1fb12ad0798279d81c4a40838c7c35c");
}

TEST(Electrode, OkSheetsHaveNoTruth) {
  int ng = 0;
  for (int i = 0; i < 40; ++i) {
    const SynthImage image = make_electrode(small(), i);
    ng += image.ng;
    const bool marked = std::ranges::count(image.mask.pixels, 255) > 0;
    EXPECT_EQ(image.ng, marked) << i;
    EXPECT_EQ(image.ng, !image.instances.empty()) << i;
  }
  EXPECT_EQ(ng, 20);  // the share is exact, not a matter of luck
}

TEST(Electrode, NamesPartsByGroups) {
  std::set<std::string> names, groups;
  for (int i = 0; i < 8; ++i) {
    const SynthImage image = make_electrode(small(), i);
    names.insert(image.name);
    groups.insert(image.group);
    EXPECT_TRUE(image.name.starts_with(image.group + "_"));
  }
  EXPECT_EQ(names.size(), 8u);
  EXPECT_EQ(groups.size(), 2u);
}

TEST(Electrode, BoxesAndPolygonsFollowTheMask) {
  ElectrodeOptions options = small();
  options.ng_share = 1;
  options.several = 0;
  for (int i = 0; i < 40; ++i) {
    const SynthImage image = make_electrode(options, i);
    ASSERT_EQ(image.instances.size(), 1u);
    const labels::Instance& instance = image.instances[0];
    EXPECT_EQ(instance.box, labels::mask_bounds(image.mask)) << i;
    double area = 0;
    for (const labels::Ring& ring : instance.polygons) area += labels::ring_area(ring);
    const auto pixels = std::ranges::count(image.mask.pixels, 255);
    EXPECT_EQ(area, static_cast<double>(pixels)) << i << instance.class_name;
    EXPECT_GE(pixels, 8) << i;
  }
}

TEST(Electrode, SeveralDefectsStandApart) {
  ElectrodeOptions options = small();
  options.ng_share = 1;
  options.several = 1;
  int several = 0;
  for (int i = 0; i < 20; ++i) {
    const SynthImage image = make_electrode(options, i);
    several += image.instances.size() > 1;
    double area = 0;
    for (const labels::Instance& instance : image.instances) {
      for (const labels::Ring& ring : instance.polygons) area += labels::ring_area(ring);
      EXPECT_EQ(labels::mask_bounds(region(image.mask, instance.box)), instance.box);
    }
    EXPECT_EQ(area, static_cast<double>(std::ranges::count(image.mask.pixels, 255)));
  }
  EXPECT_GE(several, 18);
}

// Every kind changes its own pixels by more than texture and noise do, and nothing far from them.
TEST(Electrode, DefectsStandOutOfTheirSheet) {
  for (const std::string kind : {"scratch", "pinhole", "dent", "chip"}) {
    ElectrodeOptions options = small();
    options.ng_share = options.foil_share = 1;
    options.several = options.scratch = options.pinhole = options.dent = options.chip = 0;
    options_of(options).set(kind, "1");
    ElectrodeOptions clean = options;
    clean.ng_share = 0;
    for (int i = 0; i < 12; ++i) {
      const SynthImage bad = make_electrode(options, i), good = make_electrode(clean, i);
      ASSERT_EQ(bad.instances.at(0).class_name, kind);
      double energy = 0, outside = 0;
      for (size_t p = 0; p < bad.image.pixels.size(); ++p) {
        const double change = double(bad.image.pixels[p]) - good.image.pixels[p];
        (bad.mask.pixels[p] ? energy : outside) += change * change;
      }
      const double unit = std::hypot(options.grain, options.noise);
      const auto pixels = static_cast<double>(std::ranges::count(bad.mask.pixels, 255));
      EXPECT_GT(std::sqrt(energy / pixels), 1.5 * unit) << kind << i;
      EXPECT_GT(std::sqrt(energy), 10 * unit) << kind << i;  // of a matched filter
      EXPECT_LT(outside, energy) << kind << i;
    }
  }
}

TEST(Electrode, MinContrastSetsHowHardItIs) {
  ElectrodeOptions options = small();
  options.ng_share = 1;
  options.min_contrast = options.max_contrast = 3;
  ElectrodeOptions strong = options, clean = options;
  strong.min_contrast = strong.max_contrast = 9;
  clean.ng_share = 0;
  const auto change = [&](const ElectrodeOptions& o) {
    double sum = 0;
    const auto a = make_electrode(o, 1).image, b = make_electrode(clean, 1).image;
    for (size_t p = 0; p < a.pixels.size(); ++p) sum += std::abs(a.pixels[p] - b.pixels[p]);
    return sum;
  };
  EXPECT_NEAR(change(strong) / change(options), 3, 0.4);
}

TEST(Electrode, LargeSheetsKeepTheSizeOfTheirDefects) {
  ElectrodeOptions options;
  options.size = 128;
  options.width = 1024;
  options.height = 256;
  options.ng_share = options.several = 1;
  options.most = 12;
  size_t most = 0;
  float right = 0;
  for (int i = 0; i < 12; ++i) {
    const SynthImage image = make_electrode(options, i);
    EXPECT_EQ(image.image.width, 1024);
    EXPECT_EQ(image.image.height, 256);
    most = std::max(most, image.instances.size());
    double area = 0;
    for (const labels::Instance& instance : image.instances) {
      EXPECT_LE(std::max(instance.box.width(), instance.box.height()), 0.7f * 128 + 5);
      EXPECT_EQ(labels::mask_bounds(region(image.mask, instance.box)), instance.box);
      right = std::max(right, instance.box.x1);
      for (const labels::Ring& ring : instance.polygons) area += labels::ring_area(ring);
    }
    EXPECT_EQ(area, static_cast<double>(std::ranges::count(image.mask.pixels, 255)));
  }
  EXPECT_GT(most, 6u);
  EXPECT_GT(right, 800) << "anywhere on the sheet";
}

// e^-mean is 0 for the 768 specks of a sheet of 16 million pixels.
TEST(Electrode, LargeSheetsHaveTheirShareOfDust) {
  ElectrodeOptions options;
  options.size = 64;
  options.width = options.height = 1024;
  options.grain = options.noise = options.streaks = options.light = options.glue = 0;
  options.foil_share = options.ng_share = 0;
  const auto specks = [&](double per_area) {
    options.dust = per_area;
    const edge::Image image = make_electrode(options, 0).image;
    int64_t darker = 0;
    const auto [low, high] = std::ranges::minmax(image.pixels);
    for (const uint8_t value : image.pixels) darker += std::abs(value - (low + high) / 2) > 2;
    return static_cast<double>(darker);
  };
  EXPECT_NEAR(specks(100) / specks(50), 2, .35);  // means of 1600 and 800
}

TEST(Electrode, RefusesContradictions) {
  const auto refused = [](auto&& edit, const std::string& expected) {
    ElectrodeOptions options;
    edit(options);
    try {
      make_electrode(options, 0);
      ADD_FAILURE() << "accepted, expected " << expected;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
    }
  };
  refused([](auto& o) { o.size = 1 << 30; }, "size=1073741824: expected integer from 64");
  refused([](auto& o) { o.size = -1; }, "size=-1");
  refused([](auto& o) { o.images_per_part = 0; }, "images_per_part=0");
  refused([](auto& o) { o.ng_share = std::nan(""); }, "ng_share=");
  refused([](auto& o) { o.format = "../x"; }, "format=../x: expected one of jpg, png");
  refused([](auto& o) { o.min_contrast = 11; }, "expected at most max_contrast=10");
  refused([](auto& o) { o.scratch = o.pinhole = o.dent = o.chip = 0; }, "are all 0");
  refused([](auto& o) { o.scratch = o.pinhole = o.dent = 0; }, "foil_share=0.4: expected 1");
  refused([](auto& o) { o.width = 100; }, "a sheet of 100 × 256 px, expected at least size=256");
  EXPECT_THROW(make_electrode({}, -1), Error);
}

TEST(Electrode, DrawsExtremeOptions) {
  for (const int size : {64, 300}) {
    for (const double level : {0.0, 20.0}) {
      ElectrodeOptions options;
      options.size = size;
      options.grain = options.noise = level;
      options.dust = 100;
      options.glue = 10;
      options.several = 1;
      for (int i = 0; i < 8; ++i) {
        const SynthImage image = make_electrode(options, i);
        EXPECT_EQ(image.image.pixels.size(), static_cast<size_t>(size) * size);
      }
    }
  }
}

TEST(Outline, TracesEachRegionOnce) {
  edge::Image mask(5, 4, 1);
  for (const auto [x, y] : {std::array{1, 0}, {2, 0}, {1, 1}, {3, 1}, {4, 3}}) mask.at(x, y) = 255;
  const auto rings = labels::outline(mask);
  // An L, then a pixel that touches it by a corner only, then one in the corner of the image.
  ASSERT_EQ(rings.size(), 3u);
  EXPECT_EQ(rings[0], (labels::Ring{{1, 0}, {3, 0}, {3, 1}, {2, 1}, {2, 2}, {1, 2}}));
  EXPECT_EQ(rings[1], (labels::Ring{{3, 1}, {4, 1}, {4, 2}, {3, 2}}));
  EXPECT_EQ(labels::ring_area(rings[0]), 3);
  EXPECT_EQ(labels::mask_bounds(mask), (edge::Box{1, 0, 5, 4}));
  EXPECT_TRUE(labels::outline(edge::Image(3, 3, 1)).empty());
  EXPECT_EQ(labels::mask_bounds(edge::Image(3, 3, 1)), edge::Box{});
}

TEST(Outline, RingThatTouchesItselfKeepsItsArea) {
  // Two arms of one region that meet at a corner: the walk must not cut across.
  edge::Image mask(4, 4, 1);
  for (const auto [x, y] :
       {std::array{0, 0}, {1, 0}, {2, 0}, {0, 1}, {0, 2}, {1, 2}, {2, 1}, {3, 1}})
    mask.at(x, y) = 1;
  const auto rings = labels::outline(mask);
  ASSERT_EQ(rings.size(), 1u);
  EXPECT_EQ(labels::ring_area(rings[0]), 8);
}

TEST(Relief, HasTheStrengthAskedFor) {
  for (const double scale : {1.0, 2.7, 9.0}) {
    Random random(5);
    edge::Map map(400, 400);
    add_relief(map, scale, 1.5 * scale, 4, random);
    double sum = 0, square = 0;
    for (const float v : map.values) {
      sum += v;
      square += v * v;
    }
    const double mean = sum / static_cast<double>(map.values.size());
    EXPECT_NEAR(mean, 0, 0.5);
    EXPECT_NEAR(std::sqrt(square / static_cast<double>(map.values.size()) - mean * mean), 4, 0.4);
  }
}

}  // namespace
}  // namespace paucal::data
