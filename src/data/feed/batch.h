#pragma once
// What the loader hands to training: plain float buffers, no torch. train/ wraps them as tensors
// without a copy.

#include <cstdint>
#include <vector>

#include "data/set/record.h"
#include "edge/pre/geometry.h"

namespace paucal::data {

// A box, or a point (a box without area), in network pixels.
struct Target {
  edge::Box box;
  int label = 0;     // box class, see models::Detector
  float weight = 1;  // how much it is believed: 1 where a person drew it
};

// One image as the network sees it.
struct Sample {
  int record = -1;    // Dataset's number of it
  int64_t place = 0;  // see Batch::places
  int label = -1;
  int channels = 0, height = 0, width = 0;  // without padding
  std::vector<float> image;                 // [C, H, W], normalised
  std::vector<uint8_t> mask;  // [H, W], 1 where a synthetic defect was pasted; empty: none was
  Supervision supervision = Supervision::kTag;
  std::vector<Target> targets;
  edge::Geometry geometry;  // network pixels → pixels of the fitted image
};

// Semi-supervised learning shows an image in several ways: rows of a batch that are one of them.
enum class View : uint8_t { kWeak, kLabelled, kLabelledStrong, kStrong };
struct ViewRows {
  View view;
  int first = 0, count = 0;
};
// A number for the nth view of a kind, for random_at(): labelled and unlabelled rows count their
// places apart.
inline uint8_t view_number(View view, int nth = 0) {
  return static_cast<uint8_t>(4 * nth + static_cast<int>(view));
}

// Samples padded on the right and below to one common size.
struct Batch {
  int64_t step = 0;
  int count = 0, channels = 0, height = 0, width = 0;
  std::vector<float> images;                   // [N, C, H, W]
  std::vector<float> masks;                    // [N, 1, H, W]: pasted defects, 0 or 1
  std::vector<int> pasted;                     // [N]: 1 where a defect was pasted
  std::vector<int> valid_width, valid_height;  // [N]: the part that is not padding
  std::vector<int> labels, records;            // [N]; label -1: unlabelled
  // [N]: which row of its endless stream each one is, through all batches of a run. Whatever is
  // drawn for a row hangs on it (base/random_at.h).
  std::vector<int64_t> places;
  std::vector<edge::Geometry> geometries;
  std::vector<Supervision> supervision;      // [N]
  std::vector<std::vector<Target>> targets;  // [N], of each image
  // Semi-supervised learning only: the views, in the order of their rows, and for each row the
  // number of its image in the labelled set (rows of kLabelled…) or in the unlabelled one.
  std::vector<ViewRows> views;
  std::vector<int64_t> numbers;
};

// Pads to the largest sample, rounded up to a multiple of `multiple`, by repeating the border:
// a black frame would be an edge that fires. `multiple`: the network's output stride or more.
Batch collate(std::vector<Sample> samples, int64_t step, int multiple);

}  // namespace paucal::data
