#pragma once
// Anchors of a dense head, the code of boxes relative to them, and non-maximum suppression. The
// same for training and the edge.
//
// Anchors of one level lie over the centres of its cells; their order is row, column, size, ratio,
// so anchor a of cell (x, y) is number (y · w + x) · A + a, and channel a · K + k of a logit map is
// class k of anchor a (Lin et al., "Focal loss for dense object detection", ICCV 2017).

#include <array>
#include <vector>

#include "base/options.h"
#include "edge/image/image.h"

namespace paucal::edge {

struct AnchorOptions {
  // One a cell does as well as many where anchors are assigned by their own statistics (Zhang et
  // al., "Bridging the gap …", CVPR 2020, section 3.2), and leaves no duplicates to suppress.
  std::vector<double> sizes = {4};
  std::vector<double> ratios = {1};

  template <class V>
  void visit(V& v) {
    v(sizes, "sizes", "square root of an anchor's area, in strides of its level", Range{0.1, 64});
    v(ratios, "ratios", "height by width of an anchor", Range{0.01, 100});
  }
  int per_cell() const { return static_cast<int>(sizes.size() * ratios.size()); }
};

// Of a level of w × h cells, in network pixels: w · h · per_cell() boxes.
std::vector<Box> make_anchors(const AnchorOptions& options, int stride, int width, int height);

// (dx, dy, dw, dh): shift of the centre in sides of the anchor, logarithm of the ratio of sides
// (Girshick et al., R-CNN, 2014), without further scaling.
using BoxDeltas = std::array<float, 4>;
BoxDeltas encode_box(const Box& anchor, const Box& box);
// Hostile input: growth is limited to e^4, and what is not finite becomes an empty box.
Box decode_box(const Box& anchor, const BoxDeltas& deltas);

struct NmsOptions {
  double score = 0.02;
  double iou = 0.5;
  double vote = 0;
  int candidates = 1000;
  int max_boxes = 100;

  template <class V>
  void visit(V& v) {
    v(score, "score", "less probable boxes are never looked at; which are shown is calibrated",
      Range{0, 1});
    v(iou, "iou", "a box that overlaps a better one of its class by more than this goes",
      Range{0, 1});
    v(vote, "vote",
      "the sides of a kept box become the mean of those that overlap it at least so much, weighted "
      "by score (box voting, Gidaris and Komodakis, ICCV 2015); 0: they stay",
      Range{0, 1});
    v(candidates, "candidates", "the best so many boxes of a level enter", Range{1, 1e6});
    v(max_boxes, "max_boxes", "the best so many boxes of an image are kept", Range{1, 1e6});
  }
};

// Greedy suppression within each label. Best first; equal scores in the order given. Boxes whose
// score is NaN or below options.score, or that are not finite, are dropped. With options.vote
// neighbours then correct the sides of what is kept; score and order stay.
std::vector<ScoredBox> nms(std::vector<ScoredBox> boxes, const NmsOptions& options);

// What a dense head says of one level.
struct DenseLevel {
  int stride = 0;  // network pixels a cell
  int width = 0, height = 0;
  const float* logits = nullptr;  // [A · K, h, w]
  const float* deltas = nullptr;  // [A · 4, h, w]
};

// Boxes in network pixels with sigmoid scores of at least options.score, the best
// options.candidates a level, clipped to `width` × `height` (the image without padding); label is
// the class. Not suppressed yet.
std::vector<ScoredBox> decode_dense(const AnchorOptions& anchors, int classes,
                                    const std::vector<DenseLevel>& levels, int width, int height,
                                    const NmsOptions& options);

// What a region head says of `count` regions.
struct RegionRows {
  int count = 0, classes = 0;
  const float* rois = nullptr;           // [count, 5] image, x0, y0, x1, y1 in network pixels
  const float* deltas = nullptr;         // [count, 4]
  const float* probabilities = nullptr;  // [count, classes]
};

// Of every region each class with a probability of at least options.score, clipped to `width` ×
// `height`. Not suppressed yet.
std::vector<ScoredBox> decode_regions(const RegionRows& regions, int width, int height,
                                      const NmsOptions& options);

}  // namespace paucal::edge
