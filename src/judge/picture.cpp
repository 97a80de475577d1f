#include "judge/picture.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "edge/post/draw_prediction.h"
#include "edge/post/overlay.h"
#include "edge/post/tiles.h"
#include "edge/pre/channels.h"
#include "edge/pre/encode.h"
#include "edge/pre/resize.h"

namespace paucal::judge {
namespace {

// Told apart by colour-blind eyes too (Okabe and Ito).
constexpr edge::Colour kFound = {230, 120, 0};
constexpr edge::Colour kTruth = {0, 114, 220};

edge::Image draw_boxes(const edge::Image& image, std::span<const edge::ScoredBox> found,
                       std::span<const edge::Box> truths) {
  edge::Image drawn = edge::with_channels(image, 3);
  const int line = edge::line_width(image);
  for (const edge::Box& truth : truths) edge::draw_box(drawn, truth, kTruth, line);
  for (const edge::ScoredBox& one : found) edge::draw_box(drawn, one.box, kFound, line);
  return drawn;
}

report::Picture page_picture(edge::Image image, std::string caption) {
  constexpr int kSide = 420;
  const int side = std::max(image.width, image.height);
  if (side > kSide)
    image = edge::resize(image, std::max(1, image.width * kSide / side),
                         std::max(1, image.height * kSide / side));
  return {value_or_throw(edge::encode_jpeg(image, 85)), "image/jpeg", std::move(caption)};
}

std::array<double, 2> centre(const edge::Box& box) {
  return {(box.x0 + box.x1) / 2., (box.y0 + box.y1) / 2.};
}

std::array<double, 2> most_telling(const Prediction& prediction,
                                   std::span<const edge::Box> truths) {
  const auto& boxes = prediction.boxes;
  for (const edge::Box& truth : truths)
    if (std::ranges::none_of(boxes, [&](const auto& b) { return edge::iou(b.box, truth) > 0; }))
      return centre(truth);
  if (!boxes.empty()) return centre(std::ranges::max(boxes, {}, &edge::ScoredBox::score).box);
  const edge::Map& heat = prediction.heat;
  const auto hottest =
      static_cast<int>(std::ranges::max_element(heat.values) - heat.values.begin());
  return prediction.geometry.to_original(hottest % heat.width + .5, hottest / heat.width + .5);
}

edge::Tile shown_part(const edge::ModelCard& model, const edge::Image& image,
                      const Prediction& prediction, std::span<const edge::Box> truths) {
  const auto side = static_cast<int>(std::lround(model.input.tile / model.input.scale));
  if (side == 0 || std::max(image.width, image.height) <= side)
    return {0, 0, image.width, image.height};
  const auto [x, y] = most_telling(prediction, truths);
  const auto start = [&](double middle, int length) {
    return std::clamp(static_cast<int>(std::lround(middle)) - side / 2, 0,
                      std::max(0, length - side));
  };
  return {start(x, image.width), start(y, image.height), std::min(side, image.width),
          std::min(side, image.height)};
}

edge::Map cut_out(const edge::Map& map, const edge::Tile& part) {
  edge::Map cut(part.width, part.height);
  for (int y = 0; y < part.height; ++y)
    for (int x = 0; x < part.width; ++x) cut.at(x, y) = map.at(part.x + x, part.y + y);
  return cut;
}

edge::Box moved(const edge::Box& box, const edge::Tile& part) {
  const auto x = static_cast<float>(part.x), y = static_cast<float>(part.y);
  return {box.x0 - x, box.y0 - y, box.x1 - x, box.y1 - y};
}

}  // namespace

std::vector<report::Picture> page_pictures(const edge::ModelCard& model, const edge::Image& image,
                                           const Prediction& prediction,
                                           std::span<const edge::Box> truths) {
  const edge::Tile part = shown_part(model, image, prediction, truths);
  const bool whole = part.width == image.width && part.height == image.height;
  const edge::Image shown =
      edge::cut_out({image, edge::Geometry(image.width, image.height)}, part).image;
  const edge::Map heat = cut_out(edge::heat_at_original(prediction), part);
  std::vector<edge::ScoredBox> found_there = prediction.boxes;
  for (edge::ScoredBox& found : found_there) found.box = moved(found.box, part);
  std::vector<edge::Box> true_there;
  for (const edge::Box& truth : truths) true_there.push_back(moved(truth, part));
  return {page_picture(shown, whole ? "original" : fmt::format("from ({}, {})", part.x, part.y)),
          page_picture(edge::overlay_heat(shown, heat), "heat map"),
          page_picture(draw_boxes(shown, found_there, true_there),
                       truths.empty() ? "found" : "found (orange) and truth (blue)")};
}

}  // namespace paucal::judge
