#pragma once
// The two views of semi-supervised learning (Sohn et al., FixMatch, 2020): a weak one that the
// model is trusted on, and a strong one that it is taught on. One image in, one of the same size
// out; what is drawn depends on the generator and the size alone.

#include "base/options.h"
#include "base/random.h"
#include "data/augment/buffer.h"

namespace paucal::data {

struct WeakOptions {
  bool flip = true;
  int pad = 4;

  template <class V>
  void visit(V& v) {
    v(flip, "flip", "mirror left-right half the time");
    v(pad, "pad", "pixels by which the crop may leave the image, which is mirrored there",
      Range{0, 1024});
  }
};

struct StrongOptions {
  std::string preset = "original";
  int ops = 0;
  double probability = 0;
  int cutout = 16;
  bool flip = true;
  int pad = 4;

  template <class V>
  void visit(V& v) {
    v(preset, "preset",
      "original: crop, 2 operations with chance 0.5, grey cutout; torchssl: 3 operations, cutout "
      "of up to half the width, crop",
      OneOf{{"original", "torchssl"}});
    v(ops, "ops", "operations drawn an image; 0: the preset's 2 or 3", Range{0, 16});
    v(probability, "probability", "chance of a drawn operation; 0: the preset's 0.5 or 1",
      Range{0, 1});
    v(cutout, "cutout", "side of the cutout in pixels (original)", Range{0, 4096});
    v(flip, "flip", "mirror left-right half the time");
    v(pad, "pad", "pixels by which the crop may leave the image, which is mirrored there",
      Range{0, 1024});
  }
};

// `out` keeps its memory from call to call: nothing is allocated once warm. `out` is not `in`.
// Throws Error: an empty image, channels other than 1 or 3, an unknown preset.
void weak_view(const edge::Image& in, const WeakOptions& options, Random& random, edge::Image& out);
void strong_view(const edge::Image& in, const StrongOptions& options, Random& random,
                 Scratch& scratch, edge::Image& out);

edge::Image weak_view(const edge::Image& in, const WeakOptions& options, Random& random);
edge::Image strong_view(const edge::Image& in, const StrongOptions& options, Random& random);

}  // namespace paucal::data
