#pragma once
// Defects pasted on images that are known to be free of them: what gives a network trained on
// image labels an idea of "where". In the spirit of CutPaste (Li et al., CVPR 2021) and DRAEM
// (Zavrtanik et al., ICCV 2021), with shapes of surfaces rather than Perlin noise alone.

#include <string>
#include <vector>

#include "base/options.h"
#include "base/random.h"
#include "edge/image/image.h"

namespace paucal::data {

struct PasteOptions {
  double line = 1;
  double blob = 1;
  double bump = 1;
  double patch = 1;
  double step = 1;
  double chip = 1;
  double strength = 1;

  template <class V>
  void visit(V& v) {
    v(line, "line", "weight of scratches and cracks: 1 to 4 px wide, straight or wandering",
      Range{0, 100});
    v(blob, "blob", "weight of small spots and holes", Range{0, 100});
    v(bump, "bump", "weight of bumps and dents, seen by their slopes: one bright, one dark",
      Range{0, 100});
    v(patch, "patch", "weight of rough patches of another level or texture", Range{0, 100});
    v(step, "step", "weight of straight or wavy steps and bands of brightness", Range{0, 100});
    v(chip, "chip", "weight of bites out of a contour in the picture, or out of its border",
      Range{0, 100});
    v(strength, "strength",
      "contrast of what is pasted, 1 being .6 to 3 standard deviations of the image's main surface",
      Range{0.05, 10});
  }
};

inline constexpr int kMinPasted = 8;  // the least side of an image that takes a defect

struct Pasted {
  edge::Image image;
  std::vector<uint8_t> mask;  // [H, W], 1 where the defect is; may be all 0 where it fell outside
};

// `image`, of 8 bits or more, with one or two defects. `donor`: another defect-free image of the
// same channels, whose texture may be used. An image below 8×8 or a donor below 2×2 has no room for
// a defect: the image comes back as it is. Throws Error where all weights are 0.
Pasted paste_defect(const edge::Image& image, const edge::Image& donor, const PasteOptions& options,
                    Random& random);

}  // namespace paucal::data
