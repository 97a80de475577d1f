#include "edge/post/views.h"

#include <algorithm>

namespace paucal::edge {

std::span<const Flip> flips_of(const ModelCard& card) {
  static constexpr Flip kFlips[] = {{false, false}, {false, true}, {true, false}, {true, true}};
  return std::span(kFlips).first(card.flips ? 4 : 1);
}

Planes flipped(const Planes& planes, Flip flip) {
  if (!flip.x && !flip.y) return planes;
  Planes out = planes;
  const size_t width = static_cast<size_t>(planes.width);
  for (int c = 0; c < planes.channels; ++c)
    for (int y = 0; y < planes.height; ++y) {
      const int source = flip.y ? planes.height - 1 - y : y;
      const float* in = planes.values.data() + c * planes.plane() + source * width;
      float* row = out.values.data() + c * planes.plane() + y * width;
      if (flip.x)
        std::reverse_copy(in, in + width, row);
      else
        std::copy_n(in, width, row);
    }
  return out;
}

Planes canvas_of(const ModelCard& card, const Fitted& fitted) {
  const auto [width, height] = canvas_size(fitted.image, card.input);
  Planes canvas{network_channels(card.input), height, width, {}};
  canvas.values.resize(canvas.plane() * static_cast<size_t>(canvas.channels));
  normalise_to(fitted.image, card.input, width, height, canvas.values.data(), fitted.of_whole);
  return canvas;
}

Views::Views(const ModelCard& card, const Fitted& fitted) : card_(card), fitted_(fitted) {
  if (in_tiles(fitted.image, card.input))
    tiles_ = plan_tiles(fitted.image.width, fitted.image.height, card.input);
}

size_t Views::count() const {
  return std::max<size_t>(1, tiles_.size()) * flips_of(card_).size();
}

View Views::at(size_t number) const {
  const auto flips = flips_of(card_);
  const Flip flip = flips[number % flips.size()];
  const auto view = [&](const Fitted& part) {
    return View{flipped(canvas_of(card_, part), flip), part.image.width, part.image.height, flip};
  };
  if (tiles_.empty()) return view(fitted_);
  return view(cut_out(fitted_, tiles_[number / flips.size()]));
}

}  // namespace paucal::edge
