#pragma once
// The smallest model that inspects: a grey image's heat is its brightness above middle grey, so
// that a bright spot on black is a defect. And an image of one.

#include "edge/format/model_file.h"
#include "edge/post/card.h"

namespace paucal::edge {

inline ModelFile bright_spot_model() {
  Graph graph;
  const int x = graph.add_input("image", Type::kF32, {Shape::kFree, 1, Shape::kFree, Shape::kFree});
  graph.outputs = {graph.add_node("relu", "brightness", {x})};
  ModelCard card;
  card.classes = {"OK", "spot"};
  card.class_is_ok = {true, false};
  card.input.channels = 1;
  card.input.multiple = 1;
  card.input.normalise = Normalise::kFixed;
  card.input.mean = {0.5};
  card.input.std = {0.125};  // white is 4
  card.top = 0.001;          // the brightest pixel alone, in small images
  card.min_area = 1;
  card.calibration.ng = {2, -4};
  card.calibration.heat_low = 0;
  card.calibration.heat_high = 4;
  return {std::move(graph), to_json(card)};
}

// An image in which it finds one defect: black, 32 × 24, with a white rectangle.
inline Image bright_spot_image() {
  Image image(32, 24, 1);
  for (int y = 6; y < 12; ++y)
    for (int x = 8; x < 18; ++x) image.at(x, y) = 255;
  return image;
}

}  // namespace paucal::edge
