#pragma once
// Boxes that the network finds by itself on images of which only the label is known, or a point:
// places where the class map and the box head agree.

#include <vector>

#include "weak/dense/dense_teaching.h"

namespace paucal::weak {

// Components of one class of the map [N, C, h, w], logits without gradient, in network pixels, of
// one image: where its probability is at least half of the image's highest. Sharp to a fraction of
// a cell, since the map is upsampled bilinearly. Score: highest probability inside; best first.
std::vector<edge::ScoredBox> map_boxes(const at::Tensor& map, int64_t image, int label,
                                       const MapChannels& channels, int stride,
                                       const ValidSize& valid);

// The best boxes of a head on one image, decoded, each class on its own, after suppression of
// neighbours; network pixels, best first.
std::vector<edge::ScoredBox> head_boxes(const DenseScene& scene, const FlatOutput& output,
                                        size_t image, const edge::NmsOptions& nms);

// Where the map and the head agree: the map's box, since it is sharp before any side was taught;
// its weight is the head's score, `seed_weight` times. Images that want no guesses get none.
Guesses find_seeds(const DenseScene& scene, const FlatOutput& output, const MapChannels& channels);
// The same places, with the head's own boxes.
Guesses find_pseudo_boxes(const DenseScene& scene, const FlatOutput& output,
                          const MapChannels& channels);

}  // namespace paucal::weak
