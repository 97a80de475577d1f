#include "judge/evaluation.h"

#include <algorithm>

#include "base/error.h"
#include "data/set/split.h"
#include "judge/decision_figures.h"
#include "judge/known_images.h"
#include "judge/place_figures.h"
#include "judge/task.h"
#include "judge/truth_boxes.h"

namespace paucal::judge {
namespace {

// Objects have classes of their own; regions of a mask are of the image's class.
std::vector<int> classes_of_boxes(const edge::ModelCard& card, const data::Record& record,
                                  const data::ImageTruth& truth, const edge::Region& region,
                                  size_t boxes) {
  std::vector<int> labels;
  for (const auto& object : truth.objects)
    if (edge::Box box = object.box; edge::keep_counted(region, box))
      labels.push_back(static_cast<int>(std::ranges::find(card.classes, object.class_name) -
                                        card.classes.begin()));
  if (labels.empty()) labels.assign(boxes, record.label);
  return labels;
}

ImageTruth truth_of(const edge::ModelCard& card, const data::Dataset& dataset,
                    const data::Truth& drawn, const TruthBoxes& truth, int number) {
  const data::Record& record = dataset.at(number);
  ImageTruth image{.boxes = {},
                   .labels = {},
                   .mask = truth.mask(number),
                   .ng = shows_defect(card, dataset, record),
                   .class_name = record.class_name};
  image.boxes = truth.boxes(number, image.mask);
  image.labels =
      classes_of_boxes(card, record, drawn.of(record), truth.region(number), image.boxes.size());
  return image;
}

metrics::MaxBoxAcc held_out_boxes(const edge::ModelCard& card, const data::Dataset& dataset,
                                  const TruthBoxes& truth, const RawSource& raw) {
  metrics::MaxBoxAcc accuracy = box_accuracy_of_map();
  for (const int number : dataset.indices(data::Split::kVal)) {
    const auto boxes = truth.boxes(number);
    const data::Record& record = dataset.at(number);
    if (!boxes.empty())
      add_boxes(card, raw(number), card.heat_channel(record.label), boxes, accuracy);
  }
  return accuracy;
}

std::optional<metrics::ImageFigures> part_figures(const edge::ModelCard& card,
                                                  const data::Dataset& dataset,
                                                  const std::vector<int>& records,
                                                  const Decisions& decisions) {
  if (!data::knows_parts(dataset) || !task_of(card).finds_defects) return std::nullopt;
  std::vector<std::string> parts;
  for (const int number : records) {
    const data::Record& record = dataset.at(number);
    parts.push_back(record.part.empty() ? record.path : record.part);
  }
  return image_figures(card, by_part(decisions, parts));
}

void add_pixels(const metrics::PixelMetrics& pixels, const std::string& name,
                metrics::ClassFigures& row) {
  const auto found = pixels.classes().find(name);
  if (found == pixels.classes().end()) return;
  row.px_ap = found->second.average_precision();
  row.px_base_rate = found->second.base_rate();
}

}  // namespace

metrics::Figures evaluate(const edge::ModelCard& card, const data::Dataset& dataset,
                          const data::Truth& drawn, const RawSource& raw, int64_t max_pixels) {
  const auto test = dataset.indices(data::Split::kTest);
  if (test.empty()) fail("eval", "0 test images, expected at least 1; raise data.test");
  const TruthBoxes truth(dataset, drawn, max_pixels, card.min_area, card.input);
  Decisions decisions;
  Places places(card, truth.mean_size(dataset.indices(data::Split::kTrain)));
  std::map<std::string, int> groups;
  bool any_known = false;
  for (const int number : test) {
    const data::Record& record = dataset.at(number);
    const RawPrediction seen = raw(number);
    const Prediction prediction = interpret(card, seen);
    const std::string& part = record.group.empty() ? record.path : record.group;
    const int group = groups.try_emplace(part, static_cast<int>(groups.size())).first->second;
    decisions.add(record.label, shows_defect(card, dataset, record), group, prediction);
    if (!drawn.of(record).known) continue;
    any_known = true;
    places.add(truth_of(card, dataset, drawn, truth, number), seen, prediction,
               card.heat_channel(record.label));
  }
  metrics::Figures figures{.image = image_figures(card, decisions),
                           .part = part_figures(card, dataset, test, decisions),
                           .localisation = {},
                           .by_class = {},
                           .confusion = confusion_figures(card, decisions)};
  if (any_known) figures.localisation = places.figures(held_out_boxes(card, dataset, truth, raw));
  for (size_t label = 0; label < card.classes.size(); ++label) {
    auto row = class_figures(card, decisions, static_cast<int>(label));
    add_pixels(places.pixels(), card.classes[label], row);
    figures.by_class.emplace_back(card.classes[label], row);
  }
  return figures;
}

}  // namespace paucal::judge
