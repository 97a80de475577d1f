#include "edge/post/detect.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "edge/post/kept_boxes.h"

namespace paucal::edge {
namespace {

constexpr float kMaxGrowth = 4;         // of a side, as a logarithm
constexpr float kSmallestSide = 1e-3f;  // pixels; so that an empty box has a code

struct Size {
  float width = 0, height = 0;
};

// Of the anchors of one cell, in their order.
std::vector<Size> anchor_sizes(const AnchorOptions& options, int stride) {
  std::vector<Size> sizes;
  for (const double size : options.sizes)
    for (const double ratio : options.ratios)
      sizes.push_back({static_cast<float>(size * stride / std::sqrt(ratio)),
                       static_cast<float>(size * stride * std::sqrt(ratio))});
  return sizes;
}

Box anchor_at(const Size& size, int stride, int64_t x, int64_t y) {
  const float cx = (static_cast<float>(x) + .5f) * static_cast<float>(stride);
  const float cy = (static_cast<float>(y) + .5f) * static_cast<float>(stride);
  return {cx - size.width / 2, cy - size.height / 2, cx + size.width / 2, cy + size.height / 2};
}

bool is_finite(const Box& box) {
  return std::isfinite(box.x0) && std::isfinite(box.y0) && std::isfinite(box.x1) &&
         std::isfinite(box.y1);
}

Box common(const Box& a, const Box& b) {
  return {std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)};
}

// Best first; of equals the one given first.
struct Ranked {
  float score = 0;
  int64_t index = 0;
  bool operator<(const Ranked& other) const {
    return score != other.score ? score > other.score : index < other.index;
  }
};

float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

// Sigmoids of no smaller logit reach `score`; a little lower, for the score decides in the end.
float lowest_logit(double score) {
  if (score <= 0) return -std::numeric_limits<float>::infinity();
  constexpr double kOne = 16;  // its sigmoid is nearly 1 in floats
  const double logit = std::min(std::log(score / std::max(1 - score, 1e-30)), kOne);
  return static_cast<float>(logit - 1e-3 * (1 + std::abs(logit)));
}

// The best logits of a level, best first.
std::vector<Ranked> best_logits(const float* logits, int64_t count, double score,
                                size_t candidates) {
  std::vector<Ranked> best;
  float bound = lowest_logit(score);
  const auto keep_best = [&] {
    const auto last = best.begin() + static_cast<std::ptrdiff_t>(candidates);
    std::nth_element(best.begin(), last - 1, best.end());
    best.erase(last, best.end());
  };
  for (int64_t i = 0; i < count; ++i) {
    if (!(logits[i] > bound)) continue;  // also NaN
    best.push_back({logits[i], i});
    if (best.size() < 4 * candidates) continue;
    keep_best();
    bound = best.back().score;  // the worst of them; an equal one comes too late
  }
  if (best.size() > candidates) keep_best();
  std::sort(best.begin(), best.end());
  return best;
}

}  // namespace

std::vector<Box> make_anchors(const AnchorOptions& options, int stride, int width, int height) {
  const std::vector<Size> sizes = anchor_sizes(options, stride);
  std::vector<Box> anchors;
  if (width <= 0 || height <= 0) return anchors;
  anchors.reserve(static_cast<size_t>(width) * height * sizes.size());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (const Size& size : sizes) anchors.push_back(anchor_at(size, stride, x, y));
  return anchors;
}

BoxDeltas encode_box(const Box& anchor, const Box& box) {
  const float width = std::max(anchor.width(), kSmallestSide);
  const float height = std::max(anchor.height(), kSmallestSide);
  return {(box.x0 + box.x1 - anchor.x0 - anchor.x1) / 2 / width,
          (box.y0 + box.y1 - anchor.y0 - anchor.y1) / 2 / height,
          std::log(std::max(box.width(), kSmallestSide) / width),
          std::log(std::max(box.height(), kSmallestSide) / height)};
}

Box decode_box(const Box& anchor, const BoxDeltas& deltas) {
  const float width = anchor.width(), height = anchor.height();
  const float cx = (anchor.x0 + anchor.x1) / 2 + deltas[0] * width;
  const float cy = (anchor.y0 + anchor.y1) / 2 + deltas[1] * height;
  const float half_width = width * std::exp(std::min(deltas[2], kMaxGrowth)) / 2;
  const float half_height = height * std::exp(std::min(deltas[3], kMaxGrowth)) / 2;
  const Box box{cx - half_width, cy - half_height, cx + half_width, cy + half_height};
  return is_finite(box) ? box : Box{};
}

namespace {

// The mean of all boxes that overlap `kept`, itself included, weighted by score.
Box voted(const ScoredBox& kept, const std::vector<ScoredBox>& boxes,
          const std::vector<Ranked>& voters, float overlap) {
  float sum = 0;
  Box mean;
  for (const Ranked& voter : voters) {
    const ScoredBox& other = boxes[static_cast<size_t>(voter.index)];
    if (other.label != kept.label || !(iou(other.box, kept.box) >= overlap)) continue;
    sum += other.score;
    mean.x0 += other.score * other.box.x0;
    mean.y0 += other.score * other.box.y0;
    mean.x1 += other.score * other.box.x1;
    mean.y1 += other.score * other.box.y1;
  }
  if (!(sum > 0)) return kept.box;
  return {mean.x0 / sum, mean.y0 / sum, mean.x1 / sum, mean.y1 / sum};
}

}  // namespace

std::vector<ScoredBox> nms(std::vector<ScoredBox> boxes, const NmsOptions& options) {
  std::vector<Ranked> order;
  std::vector<int> labels;
  for (size_t i = 0; i < boxes.size(); ++i) {
    if (!(boxes[i].score >= static_cast<float>(options.score)) || !is_finite(boxes[i].box))
      continue;
    order.push_back({boxes[i].score, static_cast<int64_t>(i)});
    if (labels.empty() || labels.back() != boxes[i].label) labels.push_back(boxes[i].label);
  }
  std::sort(order.begin(), order.end());
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());

  std::vector<KeptBoxes> kept(labels.size());
  std::vector<ScoredBox> result;
  const auto limit = static_cast<float>(options.iou);
  for (const Ranked& next : order) {
    if (result.size() >= static_cast<size_t>(std::max(0, options.max_boxes))) break;
    const ScoredBox& box = boxes[static_cast<size_t>(next.index)];
    const auto label = std::lower_bound(labels.begin(), labels.end(), box.label) - labels.begin();
    KeptBoxes& better = kept[static_cast<size_t>(label)];
    if (better.overlap(box.box, limit)) continue;
    better.add(box.box);
    result.push_back(box);
  }
  if (options.vote > 0)
    for (ScoredBox& box : result)
      box.box = voted(box, boxes, order, static_cast<float>(options.vote));
  return result;
}

std::vector<ScoredBox> decode_regions(const RegionRows& regions, int width, int height,
                                      const NmsOptions& options) {
  std::vector<ScoredBox> boxes;
  const Box image{0, 0, static_cast<float>(width), static_cast<float>(height)};
  for (int r = 0; r < regions.count; ++r) {
    const float* roi = regions.rois + size_t{5} * r;
    const float* deltas = regions.deltas + size_t{4} * r;
    const float* p = regions.probabilities + static_cast<size_t>(regions.classes) * r;
    const Box box = common(
        decode_box({roi[1], roi[2], roi[3], roi[4]}, {deltas[0], deltas[1], deltas[2], deltas[3]}),
        image);
    for (int k = 0; k < regions.classes && box.area() > 0; ++k)
      if (p[k] >= static_cast<float>(options.score)) boxes.push_back({box, p[k], k});
  }
  return boxes;
}

std::vector<ScoredBox> decode_dense(const AnchorOptions& anchors, int classes,
                                    const std::vector<DenseLevel>& levels, int width, int height,
                                    const NmsOptions& options) {
  std::vector<ScoredBox> boxes;
  const Box image{0, 0, static_cast<float>(width), static_cast<float>(height)};
  for (const DenseLevel& level : levels) {
    if (level.width <= 0 || level.height <= 0 || classes <= 0) continue;
    const std::vector<Size> sizes = anchor_sizes(anchors, level.stride);
    const int64_t plane = int64_t{level.width} * level.height;
    const int64_t count = static_cast<int64_t>(sizes.size()) * classes * plane;
    for (const Ranked& best : best_logits(level.logits, count, options.score,
                                          static_cast<size_t>(std::max(1, options.candidates)))) {
      const float score = sigmoid(best.score);
      if (!(score >= static_cast<float>(options.score))) continue;
      const int64_t channel = best.index / plane, cell = best.index % plane;
      const int64_t a = channel / classes;
      const float* deltas = level.deltas + a * 4 * plane + cell;
      const Box box = decode_box(anchor_at(sizes[static_cast<size_t>(a)], level.stride,
                                           cell % level.width, cell / level.width),
                                 {deltas[0], deltas[plane], deltas[2 * plane], deltas[3 * plane]});
      const Box inside = common(box, image);
      if (inside.area() > 0) boxes.push_back({inside, score, static_cast<int>(channel % classes)});
    }
  }
  return boxes;
}

}  // namespace paucal::edge
