#pragma once
// A network that says how bright each cell of 4 × 4 pixels is.

#include "base/error.h"
#include "edge/post/interpret.h"
#include "edge/post/test_card.h"

namespace paucal::edge {

inline constexpr int kCellSide = 4;

// Verdict NG from a brightness of .5 on.
inline ModelCard brightness_card() {
  ModelCard card = grey_inspection();
  card.input.normalise = Normalise::kFixed;
  card.input.mean = {0};
  card.input.std = {1};
  card.calibration.ng = {10, -5};
  card.calibration.heat_low = .2;
  card.calibration.heat_high = .8;
  card.top = 0;
  return card;
}

inline Result<NetworkOutput> brightness_of(const Planes& canvas) {
  Planes map{1, canvas.height / kCellSide, canvas.width / kCellSide, {}};
  map.values.resize(map.plane());
  for (int y = 0; y < map.height * kCellSide; ++y)
    for (int x = 0; x < map.width * kCellSide; ++x)
      map.values[static_cast<size_t>(y / kCellSide * map.width + x / kCellSide)] +=
          canvas.values[static_cast<size_t>(y) * canvas.width + x] / (kCellSide * kCellSide);
  return NetworkOutput{std::move(map)};
}

inline Prediction inspect(const ModelCard& card, const Image& image) {
  return interpret(card,
                   value_or_throw(predict_raw(card, fit_image(image, card.input), brightness_of)));
}

}  // namespace paucal::edge
