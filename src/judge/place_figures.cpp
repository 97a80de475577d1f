#include "judge/place_figures.h"

#include <algorithm>
#include <cmath>

#include "edge/image/crop.h"

namespace paucal::judge {
namespace {

// Average precision asks for all boxes of a head, whatever their score; and of one that classifies
// for the class of each, too.
metrics::ImageBoxes ranked_boxes(const edge::ModelCard& card, const ImageTruth& truth,
                                 const RawPrediction& raw, const Prediction& prediction) {
  if (!card.detector) return {truth.boxes, prediction.boxes};
  metrics::ImageBoxes image{truth.boxes, raw.boxes};
  if (card.classifies_boxes()) image.truth_labels = truth.labels;
  return image;
}

// The figures need the order of places alone; a logistic keeps it, and is bounded.
edge::Map bounded_heat(const Prediction& prediction) {
  edge::Map heat = edge::heat_at_original(prediction);
  for (float& value : heat.values) value = 1 / (1 + std::exp(-2 * (value - .5f)));
  return heat;
}

edge::Map cut_to(const edge::Region& region, const edge::Map& map) {
  edge::Map part(region.width(), region.height());
  for (int y = 0; y < part.height; ++y)
    for (int x = 0; x < part.width; ++x) part.at(x, y) = map.at(region.x0 + x, region.y0 + y);
  return part;
}

}  // namespace

metrics::MaxBoxAcc box_accuracy_of_map() {
  std::vector<double> thresholds;
  for (int i = 1; i <= 30; ++i) thresholds.push_back(.04 * i);
  return metrics::MaxBoxAcc(std::move(thresholds));
}

void add_boxes(const edge::ModelCard& card, const RawPrediction& raw, size_t channel,
               const std::vector<edge::Box>& truths, metrics::MaxBoxAcc& accuracy) {
  if (card.detector) {
    std::vector<edge::Box> best;
    for (const auto& found : raw.boxes)
      if (best.empty() && found.label == static_cast<int>(channel)) best.push_back(found.box);
    accuracy.add(truths, std::vector<std::vector<edge::Box>>(accuracy.thresholds().size(), best));
    return;
  }
  const edge::Map heat = heat_of_channel(card, raw, channel);
  const double shrink = card.calibration.box_shrink;
  std::vector<std::vector<edge::Box>> boxes;
  for (const double threshold : accuracy.thresholds()) {
    auto& at = boxes.emplace_back();
    for (const auto& found :
         boxes_at(card, heat, raw.geometry, {.heat = threshold, .shrink = shrink}, 1))
      at.push_back(found.box);
  }
  accuracy.add(truths, boxes);
}

void Places::add(const ImageTruth& truth, const RawPrediction& raw, const Prediction& prediction,
                 size_t channel) {
  // A defect image with an empty mask has a defect that nobody drew: it would count as OK.
  if (truth.boxes.empty() && truth.ng) return;
  shown_.push_back({truth.boxes, prediction.boxes});
  ranked_.push_back(ranked_boxes(card_, truth, raw, prediction));
  if (!truth.boxes.empty()) {
    add_boxes(card_, raw, channel, truth.boxes, map_boxes_);
    if (centre_size_) {
      const edge::Geometry& g = prediction.geometry;
      const edge::Box box = metrics::centre_box(g.original_width(), g.original_height(),
                                                centre_size_->first, centre_size_->second);
      centre_boxes_.add(truth.boxes, std::vector<std::vector<edge::Box>>{{box}});
    }
  }
  if (!truth.mask) return;
  const bool defect = std::ranges::any_of(truth.mask->pixels, [](uint8_t v) { return v > 127; });
  const std::string name = defect ? truth.class_name : "";
  const edge::Region& region = prediction.region;
  if (region.whole)
    pixels_.add(bounded_heat(prediction), *truth.mask, name);
  else  // what lies outside was not looked at
    pixels_.add(cut_to(region, bounded_heat(prediction)),
                edge::cropped(*truth.mask, region.x0, region.y0, region.width(), region.height()),
                name);
}

metrics::LocalisationFigures Places::figures(const metrics::MaxBoxAcc& held_out) const {
  metrics::LocalisationFigures f = metrics::figures_of(metrics::localisation(shown_));
  const auto accuracy = map_boxes_.result(
      held_out.result().images > 0 ? std::optional(held_out.best_threshold()) : std::nullopt);
  f.max_box_acc_v2 = accuracy.frozen.value_or(NAN);
  f.max_box_acc_v2_oracle = accuracy.oracle;
  f.max_box_acc_v2_details = accuracy;
  if (centre_size_) f.max_box_acc_v2_centre_box = centre_boxes_.result(0).oracle;
  f.map_at_50 = metrics::mean_average_precision(ranked_);
  f.pixels = pixels_.overall().figures();
  f.px_ap = pixels_.overall().regions() > 0 ? f.pixels->px_ap : NAN;
  for (const auto& [name, scores] : pixels_.classes()) f.pixels_by_class[name] = scores.figures();
  f.box_rule = card_.calibration.box_rule;
  return f;
}

}  // namespace paucal::judge
