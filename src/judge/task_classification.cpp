// Classification: every image is of one class.

#include <cmath>

#include "base/error.h"
#include "judge/task.h"
#include "metrics/calibration.h"

namespace paucal::judge {
namespace {

void fit_classes(edge::ModelCard& card, const HeldOut& held, const LocateOptions&) {
  std::vector<double> logits;
  std::vector<int> truth;
  for (size_t i = 0; i < held.raw.size(); ++i) {
    logits.insert(logits.end(), held.raw[i].scores.begin(), held.raw[i].scores.end());
    truth.push_back(held.record(i).label);
  }
  card.calibration.temperature =
      metrics::fit_temperature(logits, static_cast<int>(card.classes.size()), truth);
}

double probability_of_class(const edge::ModelCard& card, const RawPrediction& raw, int label) {
  double sum = 0;
  for (const double score : raw.scores)
    sum +=
        std::exp((score - raw.scores[static_cast<size_t>(label)]) / card.calibration.temperature);
  return 1 / sum;
}

metrics::Number no_auroc(const edge::ModelCard&, const Decisions&, int) {
  return {};
}

std::vector<std::string> all_classes(const edge::ModelCard& card) {
  return card.classes;
}
int called_class(const Decisions& decisions, size_t image) {
  return decisions.predicted[image];
}
int own_class(const edge::ModelCard&, int label) {
  return label;
}

std::string verdict_of_classes(const metrics::ImageFigures& f) {
  return fmt::format("On {} test images the class is right in {:.1f} %.", f.images.value_or(0),
                     100 * f.accuracy.value_or(NAN));
}

std::vector<GalleryPick> galleries_of_classes(const GalleryChoice& choice) {
  const auto right = [&](const Decided& d) { return d.label == choice.record(d).label; };
  return {{"Most certain mistakes", "Test images of the wrong class, the most certain first.",
           choice.ranked([&](const Decided& d) { return choice.tested(d) && !right(d); },
                         [](const Decided& d) { return d.probability; })},
          {"Typical hits", "Test images of the right class, the most certain of each class first.",
           choice.one_of_each([&](const Decided& d) { return choice.tested(d) && right(d); })}};
}

std::string detail_of_classes(const edge::ModelCard& card, const data::Record& record,
                              const Prediction& p) {
  return fmt::format("{}, called {} ({:.2f})", record.class_name,
                     card.classes[static_cast<size_t>(p.label)], p.probability);
}

}  // namespace

extern const TaskRow task_classification;
const TaskRow task_classification{.task = edge::Task::kClassification,
                                  .finds_defects = false,
                                  .background = .2,
                                  .decide = fit_classes,
                                  .probability = probability_of_class,
                                  .image_figures = figures_of_classes,
                                  .class_auroc = no_auroc,
                                  .outcomes = all_classes,
                                  .outcome = called_class,
                                  .right_outcome = own_class,
                                  .verdict = verdict_of_classes,
                                  .galleries = galleries_of_classes,
                                  .detail = detail_of_classes,
                                  .watched = &metrics::ImageFigures::accuracy,
                                  .watched_name = "accuracy"};

}  // namespace paucal::judge
