#include "edge/post/interpret.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "base/error.h"
#include "edge/pre/resize.h"

namespace paucal::edge {
namespace {

constexpr double kMostFine = 1 << 29;  // pixels of an upsampled map
constexpr float kHalf = .5f;           // of a pixel
constexpr size_t kAnyDefect = 0;       // inspection: the first channel of the class map

// Takes `amount` off each side, but leaves a pixel.
void shrink(Box& box, double amount) {
  const auto x = static_cast<float>(std::min(amount, std::max(0., (box.width() - 1) / 2.)));
  const auto y = static_cast<float>(std::min(amount, std::max(0., (box.height() - 1) / 2.)));
  box = {box.x0 + x, box.y0 + y, box.x1 - x, box.y1 - y};
}

float coldest_of(const Map& heat) {
  float coldest = 0;
  for (const float value : heat.values) coldest = std::min(coldest, value);
  return coldest;
}

// What does not count becomes as cold as the coldest, and at most 0.
void cool_hidden(const Region& region, const Geometry& geometry, float least, Map& heat) {
  if (region.whole) return;
  const Map shares = counted_shares(region, geometry, heat.width, heat.height);
  const float coldest = coldest_of(heat);
  for (size_t i = 0; i < shares.values.size(); ++i)
    if (shares.values[i] < least) heat.values[i] = coldest;
}

// `map`, whose pixels `from` leads to the original, at the pixels of `to`, bilinearly; `beside`
// where it shows nothing.
Map seen_as(const Map& map, const Geometry& from, const Geometry& to, float beside) {
  Map seen(to.width(), to.height(), beside);
  const auto between = [](double at, int size) {
    const double inside = std::clamp(at - .5, 0.0, static_cast<double>(size - 1));
    const int first = static_cast<int>(inside);
    return std::tuple(first, std::min(first + 1, size - 1), static_cast<float>(inside - first));
  };
  for (int y = 0; y < seen.height; ++y)
    for (int x = 0; x < seen.width; ++x) {
      const auto original = to.to_original(x + .5, y + .5);
      const auto [u, v] = from.to_network(original[0], original[1]);
      if (u < 0 || v < 0 || u > map.width || v > map.height) continue;
      const auto [left, right, across] = between(u, map.width);
      const auto [top, bottom, down] = between(v, map.height);
      const float above = std::lerp(map.at(left, top), map.at(right, top), across);
      const float below = std::lerp(map.at(left, bottom), map.at(right, bottom), across);
      seen.at(x, y) = std::lerp(above, below, down);
    }
  return seen;
}

// Upright pixels over what a turned map shows, `finer` of them to one of the original.
Geometry upright(const Geometry& turned, double finer) {
  const Box box = turned.to_original(
      Box{0, 0, static_cast<float>(turned.width()), static_cast<float>(turned.height())});
  const int x = static_cast<int>(box.x0), y = static_cast<int>(box.y0);
  const int width = std::max(1, static_cast<int>(std::ceil(box.x1)) - x);
  const int height = std::max(1, static_cast<int>(std::ceil(box.y1)) - y);
  const auto side = [&](int size) {
    return std::max(1, static_cast<int>(std::lround(size * finer)));
  };
  return Geometry(turned.original_width(), turned.original_height())
      .cropped(x, y, width, height)
      .resized(side(width), side(height));
}

// The most likely defect class; -1 where no class has a channel of its own.
int defect_label(const ModelCard& card, const std::vector<double>& scores) {
  int best = -1;
  double best_score = -INFINITY;
  if (card.channels() == 1) return best;
  size_t own = kAnyDefect;  // channel of the defect class before
  for (size_t label = 0; label < card.classes.size(); ++label) {
    if (card.class_is_ok[label]) continue;
    if (!(scores[++own] > best_score)) continue;
    best_score = scores[own];
    best = static_cast<int>(label);
  }
  return best;
}

void decide_inspection(const ModelCard& card, const RawPrediction& raw, Prediction& prediction) {
  prediction.score = raw.scores[kAnyDefect];
  prediction.probability = card.calibration.ng(prediction.score);
  prediction.ng = prediction.probability >= card.calibration.threshold;
  prediction.label = defect_label(card, raw.scores);
}

void decide_class(const ModelCard& card, const RawPrediction& raw, Prediction& prediction) {
  const auto best = static_cast<size_t>(std::ranges::max_element(raw.scores) - raw.scores.begin());
  prediction.label = static_cast<int>(best);
  prediction.score = raw.scores[best];
  double sum = 0;
  for (const double score : raw.scores)
    sum += prediction.class_probabilities.emplace_back(
        std::exp((score - prediction.score) / card.calibration.temperature));
  for (double& p : prediction.class_probabilities) p /= sum;
  prediction.probability = prediction.class_probabilities[best];
}

}  // namespace

double logit_of_heat(const Calibration& c, double heat) {
  return c.heat_low + heat * (c.heat_high - c.heat_low);
}

Map heat_of_channel(const ModelCard& card, const RawPrediction& raw, size_t channel) {
  const Calibration& c = card.calibration;
  Map heat = raw.maps[channel];
  // Not clamped to 0 … 1: the order of places must survive, for the figures and for low thresholds.
  constexpr double kMost = std::numeric_limits<float>::max();
  for (float& value : heat.values)
    value = static_cast<float>(
        std::clamp((value - c.heat_low) / (c.heat_high - c.heat_low), -kMost, kMost));
  cool_hidden(region_of(raw.geometry, card.input), raw.geometry, kLeastCounted, heat);
  return heat;
}

Prediction interpret(const ModelCard& card, const RawPrediction& raw) {
  const Calibration& c = card.calibration;
  const bool inspection = card.task == Task::kInspection;
  Prediction prediction;
  if (inspection)
    decide_inspection(card, raw, prediction);
  else
    decide_class(card, raw, prediction);
  prediction.heat = heat_of_channel(card, raw, card.heat_channel(prediction.label));
  prediction.geometry = raw.geometry;
  prediction.region = region_of(raw.geometry, card.input);
  if (inspection && !prediction.ng) return prediction;
  if (card.detector) {
    prediction.boxes = boxes_from(raw, card.detector->score);
    std::erase_if(prediction.boxes,
                  [&](const ScoredBox& found) { return found.box.area() < card.min_area; });
  } else {
    prediction.boxes =
        boxes_at(card, prediction.heat, raw.geometry, rule_of(c), prediction.probability);
  }
  if (!card.classifies_boxes())
    for (auto& box : prediction.boxes) box.label = prediction.label;
  return prediction;
}

BoxRule rule_of(const Calibration& calibration) {
  return {calibration.box_heat, calibration.box_peak, calibration.box_join, calibration.box_shrink};
}

std::vector<ScoredBox> boxes_from(const RawPrediction& raw, double score) {
  std::vector<ScoredBox> boxes;
  for (const ScoredBox& found : raw.boxes)
    if (found.score >= score) boxes.push_back(found);
  return boxes;
}

std::vector<ScoredBox> boxes_at(const ModelCard& card, const Map& heat, const Geometry& geometry,
                                const BoxRule& rule, double probability) {
  // Upsampled to about the original's resolution, so that edges fall between cells.
  const double cell = std::sqrt(geometry.area_scale());  // original pixels
  int factor = std::clamp(static_cast<int>(std::lround(cell)), 1, 32);
  // Of cells much longer than wide: at most some pixels more than the largest image.
  while (factor > 1 && static_cast<double>(heat.values.size()) * factor * factor > kMostFine)
    --factor;
  const Geometry fine_geometry = geometry.turned()
                                     ? upright(geometry, factor / cell)
                                     : geometry.resized(heat.width * factor, heat.height * factor);
  Map fine = geometry.turned() ? seen_as(heat, geometry, fine_geometry, NAN)
                               : resize(heat, fine_geometry.width(), fine_geometry.height());
  const Region region = region_of(geometry, card.input);
  if (region.ignored) {  // NaN belongs to no box
    const Map shares = counted_shares(region, fine_geometry, fine.width, fine.height);
    for (size_t i = 0; i < shares.values.size(); ++i)
      if (shares.values[i] < kHalf) fine.values[i] = NAN;
  }
  BoxOptions options;
  options.high = std::max(rule.heat, rule.peak);
  options.low = rule.heat;
  options.join = rule.join * factor;
  options.min_area = card.min_area;
  options.max_boxes = card.max_boxes;
  auto boxes = boxes_from_map(fine, fine_geometry, options, static_cast<float>(probability));
  for (auto& found : boxes) shrink(found.box, rule.shrink * cell);
  std::erase_if(boxes, [&](ScoredBox& found) { return !keep_counted(region, found.box); });
  return boxes;
}

Map heat_at_original(const Prediction& prediction) {
  const Geometry& g = prediction.geometry;
  if (g.turned())
    return seen_as(prediction.heat, g, Geometry(g.original_width(), g.original_height()),
                   coldest_of(prediction.heat));
  // The map may reach beyond the image by a part of a cell: grow it to whole cells, then cut.
  const auto first = g.to_original(0, 0), corner = g.to_original(g.width(), g.height());
  const int left = static_cast<int>(std::lround(first[0]));
  const int top = static_cast<int>(std::lround(first[1]));
  const Map grown = resize(prediction.heat, static_cast<int>(std::lround(corner[0])) - left,
                           static_cast<int>(std::lround(corner[1])) - top);
  Map cut(g.original_width(), g.original_height());
  for (int y = 0; y < cut.height; ++y)
    for (int x = 0; x < cut.width; ++x)
      cut.at(x, y) = grown.at(std::clamp(x - left, 0, grown.width - 1),
                              std::clamp(y - top, 0, grown.height - 1));
  cool_hidden(prediction.region, Geometry(cut.width, cut.height), kHalf, cut);
  return cut;
}

Json to_json(const ModelCard& card, const Prediction& prediction) {
  Json json;
  if (card.task == Task::kInspection) {
    json["verdict"] = prediction.ng ? "NG" : "OK";
    json["probability_ng"] = prediction.probability;
    if (prediction.label >= 0)
      json["defect_class"] =
          prediction.ng ? Json(card.classes[static_cast<size_t>(prediction.label)]) : Json();
  } else {
    json["class"] = card.classes[static_cast<size_t>(prediction.label)];
    json["probability"] = prediction.probability;
    // Appended, as the names differ: looking each up first would take quadratic time.
    Json::object_t probabilities;
    for (size_t i = 0; i < card.classes.size(); ++i)
      probabilities.emplace_back(card.classes[i], prediction.class_probabilities[i]);
    json["probabilities"] = std::move(probabilities);
  }
  json["boxes"] = Json::array();
  for (const auto& [box, score, label] : prediction.boxes)
    json["boxes"].push_back(
        {{"x0", box.x0}, {"y0", box.y0}, {"x1", box.x1}, {"y1", box.y1}, {"score", score}});
  if (card.classifies_boxes())
    for (size_t i = 0; i < prediction.boxes.size(); ++i)
      json["boxes"][i]["class"] = card.classes[static_cast<size_t>(prediction.boxes[i].label)];
  return json;
}

}  // namespace paucal::edge
