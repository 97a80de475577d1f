#include "judge/overlay.h"

#include "edge/post/overlay.h"
#include "edge/pre/channels.h"

namespace paucal::judge {
namespace {

// Told apart by colour-blind eyes too (Okabe and Ito).
constexpr edge::Colour kFound = {230, 120, 0};
constexpr edge::Colour kTruth = {0, 114, 220};

}  // namespace

edge::Image draw_boxes(const edge::Image& image, const Prediction& prediction,
                       std::span<const edge::Box> truths) {
  edge::Image drawn = edge::with_channels(image, 3);
  for (const auto& truth : truths) edge::draw_box(drawn, truth, kTruth, edge::line_width(image));
  for (const auto& found : prediction.boxes)
    edge::draw_box(drawn, found.box, kFound, edge::line_width(image));
  return drawn;
}

}  // namespace paucal::judge
