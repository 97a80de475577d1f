#pragma once
// How a detector is taught. Free of torch.

#include <string>

#include "base/options.h"

namespace paucal::weak {

struct BagOptions {
  std::string pool = "lse";
  double r = 6;
  double top = 0.005;

  template <class V>
  void visit(V& v) {
    v(pool, "pool",
      "how the anchors of an image make its score: lse: smooth maximum (1/r) log mean e^(r z); "
      "topk: "
      "mean of the best; attention: mean weighted by softmax",
      OneOf{{"lse", "topk", "attention"}});
    v(r, "r", "lse: 0 is the mean, infinity the maximum", Range{0.01, 100});
    v(top, "top", "topk: share of the anchors that counts", Range{1e-6, 1});
  }
};

struct SelfTrainingOptions {
  std::string method = "none";
  double burn_in = 0.2;
  double weight = 2;
  double score = 0.7;
  double top = 0.01;

  bool on() const { return method != "none"; }
  template <class V>
  void visit(V& v) {
    v(method, "method",
      "the moving average of the weights teaches on images whose boxes nobody drew: "
      "unbiased_teacher "
      "by its sure boxes, dense_teacher by its whole map",
      OneOf{{"none", "unbiased_teacher", "dense_teacher"}});
    v(burn_in, "burn_in", "share of the run before it begins", Range{0, 1});
    v(weight, "weight", "weight of its loss", Range{0, 100});
    v(score, "score", "unbiased_teacher: boxes at least this probable teach", Range{0, 1});
    v(top, "top", "dense_teacher: share of the places that teach, the most probable ones",
      Range{1e-6, 1});
  }
};

struct DetectionOptions {
  double map_weight = 1;
  double box_weight = 1;
  double warmup = 0.2;
  double image_weight = 1;
  double seed_weight = 1;
  double regression_start = 0.5;
  double regression_weight = 1;
  double focal_alpha = 0.25;
  double focal_gamma = 2;
  bool quality = true;
  BagOptions bag;
  SelfTrainingOptions self_training;

  template <class V>
  void visit(V& v) {
    v(map_weight, "map_weight", "weight of the class map's loss", Range{0, 1000});
    v(box_weight, "box_weight", "weight of the box head's loss", Range{0, 1000});
    v(warmup, "warmup",
      "share of the run in which the class map learns alone, since regions and seeds come from it",
      Range{0, 1});
    v(image_weight, "image_weight", "weight of the loss on image labels (mil, retinanet_mil)",
      Range{0, 1000});
    v(seed_weight, "seed_weight", "retinanet_mil: weight of seeds that the network found itself",
      Range{0, 1000});
    v(regression_start, "regression_start",
      "share of the run after which found seeds teach the sides of boxes, where neither drawn nor "
      "pasted boxes do so; those and guesses in data.boxes always do",
      Range{0, 1});
    v(regression_weight, "regression_weight", "weight of the loss on the sides of boxes",
      Range{0, 1000});
    v(focal_alpha, "focal_alpha", "weight of objects against background (Lin et al.)", Range{0, 1});
    v(focal_gamma, "focal_gamma", "how far easy anchors are ignored", Range{0, 10});
    v(quality, "quality",
      "an object's score becomes the IoU of its box, so that the best placed box of several wins "
      "(quality focal loss, Li et al., NeurIPS 2020); false: 1 wherever there is an object");
    v.group(bag, "bag", "retinanet_mil: from anchors to the image's score");
    v.group(self_training, "self_training", "the network as its own teacher");
  }
};

}  // namespace paucal::weak
