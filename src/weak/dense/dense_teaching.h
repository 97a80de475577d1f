#pragma once
// From what is known of each image to the loss of a dense head: one loss for boxes, points, labels
// and "nothing here" in one batch.
//
//   kNothing  every anchor is background, for certain
//   kBoxes    anchors are assigned to the boxes, all others are background
//   kPoints   the anchors that contain a point are a bag; all others are background
//   kTag      background of the classes that it does not show. Guessed boxes teach as drawn ones
//             do, as much as they are believed, and the rest is background, a little; of a class
//             without a guess the image is a bag.

#include <string>
#include <utility>
#include <vector>

#include "weak/dense/box_method.h"
#include "weak/dense/dense_loss.h"
#include "weak/dense/exact_boxes.h"

namespace paucal::weak {

// Boxes of each image, [N].
using Guesses = std::vector<std::vector<data::Target>>;

// What all heads of one step share.
struct DenseScene {
  const BoxStep& step;
  const DetectionOptions& options;
  const AnchorGrid& grid;
  std::vector<ValidSize> sizes;            // [N]
  at::Tensor valid;                        // [N, M] bool
  std::vector<std::vector<bool>> present;  // [N][K], from step.present
  int classes;

  DenseScene(const BoxStep& step, const DetectionOptions& options, const AnchorGrid& grid,
             int classes);
  size_t images() const { return sizes.size(); }
  data::Supervision supervision(size_t image) const { return step.batch.supervision[image]; }
  // Guesses would help here: boxes are neither drawn nor handed in.
  bool wants_guesses(size_t image) const;
};

// Whether the network's own guesses teach sides, once they hold still.
enum class FoundSides { kTeach, kIgnore };
inline FoundSides sides_of(const ExactBoxes& exact) {
  return exact.seen() ? FoundSides::kIgnore : FoundSides::kTeach;
}

// `found`: guesses of the network's own, for images that want them; on images with points they
// say how far the object of a point reaches. Parts: box_class_loss, box_image_loss, box_side_loss.
train::Losses teach_dense(const DenseScene& scene, const FlatOutput& output, const Guesses& found,
                          FoundSides sides = FoundSides::kTeach);

}  // namespace paucal::weak
