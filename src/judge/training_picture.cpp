#include "judge/training_picture.h"

#include <algorithm>

#include "base/error.h"
#include "edge/post/overlay.h"
#include "edge/pre/channels.h"
#include "edge/pre/encode.h"
#include "edge/pre/resize.h"

namespace paucal::judge {
namespace {

constexpr int kPictureSide = 192;
constexpr int kPictureGap = 4;

edge::Image shrunk(const edge::Image& image) {
  const int side = std::max(image.width, image.height);
  if (side <= kPictureSide) return edge::with_channels(image, 3);
  return edge::with_channels(edge::resize(image, std::max(1, image.width * kPictureSide / side),
                                          std::max(1, image.height * kPictureSide / side)),
                             3);
}

void put(edge::Image& canvas, const edge::Image& image, int x) {
  for (int y = 0; y < image.height; ++y)
    std::copy_n(image.row(y), 3 * image.width, canvas.row(y) + 3 * x);
}

}  // namespace

train::Picture training_picture(const edge::ModelCard& card, const edge::Image& image,
                                const RawPrediction& raw, std::string name) {
  const edge::Image shown = shrunk(image);
  const edge::Image heat = edge::overlay_heat(shown, heat_at_original(interpret(card, raw)));
  edge::Image both(2 * shown.width + kPictureGap, shown.height, 3, 255);
  put(both, shown, 0);
  put(both, heat, shown.width + kPictureGap);
  return {std::move(name), both.width, both.height, value_or_throw(edge::encode_png(both))};
}

std::vector<size_t> pictured(const data::Dataset& dataset, const std::vector<int>& records,
                             size_t most) {
  std::vector<std::pair<size_t, size_t>> turns;  // how many of its class came before, and place
  std::vector<size_t> seen(dataset.classes.size() + 1);
  for (size_t i = 0; i < records.size(); ++i) {
    const auto label = static_cast<size_t>(dataset.at(records[i]).label + 1);  // 0: none
    turns.emplace_back(seen.at(label)++, i);
  }
  std::ranges::sort(turns);
  std::vector<size_t> places;
  for (size_t i = 0; i < std::min(most, turns.size()); ++i) places.push_back(turns[i].second);
  return places;
}

}  // namespace paucal::judge
