#include "judge/pseudo_boxes.h"

#include <algorithm>
#include <cmath>

#include "edge/pre/channels.h"
#include "edge/pre/resize.h"
#include "judge/inference.h"
#include "judge/task.h"

namespace paucal::judge {
namespace {

constexpr int kLoweringSteps = 8;
// Boxes that overlap by more are taken for one object: where two of them teach, both are wrong.
constexpr double kOneObject = 0.1;
constexpr float kSameBox = 0.5f;  // IoU
constexpr double kScales[] = {0.8, 1.25};

// What the checks ask of a network.
class Witness {
 public:
  Witness(const edge::ModelCard& model, int label, const PseudoBoxOptions& options)
      : model_(model), channel_(model.heat_channel(label)), label_(label), options_(options) {}

  // At `share` of the calibrated threshold.
  std::vector<edge::ScoredBox> boxes(const RawPrediction& raw, double share) const {
    std::vector<edge::ScoredBox> found;
    if (model_.detector) {
      for (const auto& box : edge::boxes_from(raw, share * model_.detector->score))
        if (box.label == static_cast<int>(channel_)) found.push_back(box);
      found = edge::nms(std::move(found), {.score = 0, .iou = kOneObject});
    } else {
      const edge::Map heat = edge::heat_of_channel(model_, raw, channel_);
      edge::BoxRule rule = edge::rule_of(model_.calibration);
      rule.heat *= share;
      rule.peak *= share;
      found = edge::boxes_at(model_, heat, raw.geometry, rule, 1);
    }
    for (auto& box : found) box.score = std::clamp(box.score, 0.f, 1.f);
    found.resize(std::min(found.size(), static_cast<size_t>(options_.most)));
    return found;
  }

  size_t channel() const { return channel_; }

  double probability(const RawPrediction& raw) const {
    return task_of(model_).probability(model_, raw, label_);
  }

 private:
  const edge::ModelCard& model_;
  size_t channel_;
  int label_;
  const PseudoBoxOptions& options_;
};

// Its geometry leads back to the original, so boxes come out upright.
edge::Fitted mirrored(const edge::Fitted& fitted, bool flip_x, bool flip_y) {
  constexpr int kOrientations[2][2] = {{1, 4}, {2, 3}};  // of EXIF
  edge::Fitted result{edge::oriented(fitted.image, kOrientations[flip_x][flip_y]), fitted.geometry,
                      fitted.of_whole};
  if (flip_x) result.geometry = result.geometry.flipped_x();
  if (flip_y) result.geometry = result.geometry.flipped_y();
  return result;
}

edge::Fitted scaled(const edge::Fitted& fitted, double by) {
  const auto side = [by](int length) {
    return std::max(1, static_cast<int>(std::lround(by * length)));
  };
  edge::Fitted result = fitted;
  const int width = side(fitted.image.width), height = side(fitted.image.height);
  result.image = edge::resize(fitted.image, width, height);
  result.geometry = fitted.geometry.resized(width, height);
  return result;
}

float largest_overlap(const edge::Box& box, const std::vector<edge::ScoredBox>& others) {
  float largest = 0;
  for (const auto& other : others) largest = std::max(largest, edge::iou(other.box, box));
  return largest;
}

// The highest value of a map within a box of original pixels, as a share of its highest anywhere.
double share_of_peak(const edge::Map& map, const edge::Geometry& geometry, const edge::Box& box) {
  const edge::Box cells = geometry.to_network(box);
  const auto first = [](float low, int size) {
    return std::clamp(static_cast<int>(std::floor(low)), 0, size - 1);
  };
  const auto end = [](float high, int size) {
    return std::clamp(static_cast<int>(std::ceil(high)), 1, size);
  };
  float inside = 0, anywhere = 0;
  for (int y = 0; y < map.height; ++y)
    for (int x = 0; x < map.width; ++x) {
      const float value = map.at(x, y);
      anywhere = std::max(anywhere, value);
      if (x >= first(cells.x0, map.width) && x < end(cells.x1, map.width) &&
          y >= first(cells.y0, map.height) && y < end(cells.y1, map.height))
        inside = std::max(inside, value);
    }
  return anywhere > 0 ? inside / anywhere : 0;
}

// The mean of a box and of those that mirrored images show in its place; `agreement` becomes the
// mean of their IoU with it.
edge::Box steadied(const edge::Box& box, const std::vector<std::vector<edge::ScoredBox>>& views,
                   double& agreement) {
  edge::Box sum = box;
  float count = 1;
  agreement = 0;
  for (const auto& view : views) {
    float best = 0;
    edge::Box same;
    for (const auto& candidate : view)
      if (const float overlap = edge::iou(candidate.box, box); overlap > best) {
        best = overlap;
        same = candidate.box;
      }
    agreement += best / static_cast<double>(views.size());
    if (best < kSameBox) continue;
    sum = {sum.x0 + same.x0, sum.y0 + same.y0, sum.x1 + same.x1, sum.y1 + same.y1};
    ++count;
  }
  return {sum.x0 / count, sum.y0 / count, sum.x1 / count, sum.y1 / count};
}

// The box, in original pixels, is filled with the mean of the ring around it.
void fill(edge::Fitted& fitted, const edge::Box& original, double margin) {
  const edge::Box box = fitted.geometry.to_network(original);
  edge::Image& image = fitted.image;
  const auto reach = static_cast<float>(margin) * std::max({box.width(), box.height(), 4.f});
  const auto low = [](float v) { return std::max(0, static_cast<int>(std::floor(v))); };
  const auto high = [](float v, int size) {
    return std::min(size, static_cast<int>(std::ceil(v)));
  };
  const int x0 = low(box.x0), y0 = low(box.y0);
  const int x1 = high(box.x1, image.width), y1 = high(box.y1, image.height);
  const auto fill_samples = [&]<class T>(std::vector<T>& samples) {
    const auto at = [&](int x, int y, int c) -> T& {
      return samples[(static_cast<size_t>(y) * static_cast<size_t>(image.width) +
                      static_cast<size_t>(x)) *
                         static_cast<size_t>(image.channels) +
                     static_cast<size_t>(c)];
    };
    for (int c = 0; c < image.channels; ++c) {
      double sum = 0;
      int count = 0;
      for (int y = low(box.y0 - reach); y < high(box.y1 + reach, image.height); ++y)
        for (int x = low(box.x0 - reach); x < high(box.x1 + reach, image.width); ++x) {
          if (x >= x0 && x < x1 && y >= y0 && y < y1) continue;
          sum += at(x, y, c);
          ++count;
        }
      if (count == 0) continue;
      const auto level = static_cast<T>(std::lround(sum / count));
      for (int y = y0; y < y1; ++y)
        for (int x = x0; x < x1; ++x) at(x, y, c) = level;
    }
  };
  fill_samples(image.pixels);
  if (image.is_deep()) fill_samples(image.deep);
}

// Boxes at the calibrated threshold; where there are none, at a lower one.
struct FirstBoxes {
  std::vector<edge::ScoredBox> boxes;
  double share = 1;  // of the threshold
};
FirstBoxes first_boxes(const Witness& witness, const RawPrediction& raw, double floor) {
  FirstBoxes first{witness.boxes(raw, 1)};
  for (int step = 1; first.boxes.empty() && step <= kLoweringSteps; ++step) {
    first.share = 1 - (1 - floor) * step / kLoweringSteps;
    first.boxes = witness.boxes(raw, first.share);
  }
  return first;
}

// How much of the image's probability comes back when box `i` alone is left.
struct Deletion {
  const Witness& witness;
  const edge::Fitted& fitted;
  const std::vector<edge::ScoredBox>& boxes;
  const RawOfImage& look;
  double margin, whole, nothing;  // probability of the image as it is, and without all boxes

  double of(size_t i) const {
    edge::Fitted alone = fitted;
    for (size_t k = 0; k < boxes.size(); ++k)
      if (k != i && edge::iou(boxes[k].box, boxes[i].box) == 0) fill(alone, boxes[k].box, margin);
    const double back = witness.probability(look(alone)) - nothing;
    return std::clamp(back / std::max(whole - nothing, 1e-6), 0., 1.);
  }
};

double probability_without(const Witness& witness, const edge::Fitted& fitted,
                           const std::vector<edge::ScoredBox>& boxes, const RawOfImage& look,
                           double margin) {
  edge::Fitted none = fitted;
  for (const auto& box : boxes) fill(none, box.box, margin);
  return witness.probability(look(none));
}

}  // namespace

double Evidence::combined() const {
  return std::pow(score * mirrored * scaled * layers * deletion, 1. / 5);
}

PseudoLooks looks_of(const TrainedModel& model) {
  const auto look = [](TrainedModel changed) {
    return [model = std::make_shared<const TrainedModel>(std::move(changed))](
               const edge::Fitted& image) { return Inference(*model).fitted(image); };
  };
  TrainedModel alone = model;
  alone.flips = false;
  TrainedModel coarse = alone;
  coarse.map = "multilayer";
  return {look(std::move(alone)), look(std::move(coarse))};
}

std::vector<PseudoBox> pseudo_boxes(const edge::ModelCard& card, const edge::Fitted& fitted,
                                    const RawPrediction& first, const PseudoLooks& looks, int label,
                                    const PseudoBoxOptions& options) {
  const Witness witness(card, label, options);
  const auto [boxes, share] = first_boxes(witness, first, options.floor);
  if (boxes.empty()) return {};
  const auto seen = [&, share = share](const edge::Fitted& image) {
    return witness.boxes(looks.alone(image), share);
  };
  std::vector<std::vector<edge::ScoredBox>> views, sizes;
  for (const auto& [x, y] : {std::pair(true, false), {false, true}, {true, true}})
    views.push_back(seen(mirrored(fitted, x, y)));
  for (const double by : kScales) sizes.push_back(seen(scaled(fitted, by)));
  const RawPrediction stages = looks.coarse(fitted);
  const Deletion deletion{witness,
                          fitted,
                          boxes,
                          looks.alone,
                          options.margin,
                          witness.probability(first),
                          probability_without(witness, fitted, boxes, looks.alone, options.margin)};
  std::vector<PseudoBox> result;
  for (size_t i = 0; i < boxes.size(); ++i) {
    PseudoBox& one = result.emplace_back();
    one.found = boxes[i];
    one.found.box = steadied(boxes[i].box, views, one.evidence.mirrored);
    one.evidence.score = boxes[i].score;
    for (const auto& size : sizes)
      one.evidence.scaled +=
          largest_overlap(boxes[i].box, size) / static_cast<double>(sizes.size());
    one.evidence.layers =
        share_of_peak(stages.maps[witness.channel()], stages.geometry, boxes[i].box);
    one.evidence.deletion = deletion.of(i);
  }
  std::ranges::stable_sort(result, std::greater(),
                           [](const PseudoBox& box) { return box.evidence.combined(); });
  return result;
}

}  // namespace paucal::judge
