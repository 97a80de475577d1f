#include "edge/post/draw_prediction.h"

#include <cmath>

#include "edge/post/overlay.h"

namespace paucal::edge {
namespace {

// White within black stands out from any heat and any image.
constexpr Colour kFrame = {255, 255, 255}, kRim = {0, 0, 0};

}  // namespace

int line_width(const Image& image) {
  return std::max(1, static_cast<int>(std::lround(std::min(image.width, image.height) / 200.)));
}

Image draw_prediction(const Image& image, const Prediction& prediction) {
  Image drawn = overlay_heat(image, heat_at_original(prediction));
  const int line = line_width(image);
  for (const ScoredBox& found : prediction.boxes) {
    draw_box(drawn, found.box, kRim, 2 * line);
    draw_box(drawn, found.box, kFrame, line);
  }
  return drawn;
}

}  // namespace paucal::edge
