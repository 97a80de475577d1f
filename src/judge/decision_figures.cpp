#include "judge/decision_figures.h"

#include <map>

#include "judge/task.h"
#include "metrics/bootstrap.h"
#include "metrics/metrics.h"
#include "metrics/operating_point.h"

namespace paucal::judge {

void Decisions::add(int label, bool is_ng, int group, const edge::Prediction& prediction) {
  labels.push_back(label);
  predicted.push_back(prediction.label);
  ng.push_back(is_ng);
  called_ng.push_back(prediction.ng);
  probabilities.push_back(prediction.probability);
  groups.push_back(group);
}

Decisions by_part(const Decisions& images, const std::vector<std::string>& parts) {
  Decisions result;
  std::map<std::string_view, size_t> places;
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto [found, is_new] = places.try_emplace(parts[i], places.size());
    const size_t part = found->second;
    if (is_new) {
      for (auto* list : {&result.labels, &result.predicted, &result.groups}) list->push_back(0);
      for (auto* list : {&result.ng, &result.called_ng}) list->push_back(0);
      result.probabilities.push_back(-1);
    }
    if (is_new || images.ng[i] > result.ng[part]) {
      result.ng[part] = images.ng[i];
      result.labels[part] = images.labels[i];
    }
    if (!(images.probabilities[i] > result.probabilities[part])) continue;
    result.probabilities[part] = images.probabilities[i];
    result.called_ng[part] = images.called_ng[i];
    result.predicted[part] = images.predicted[i];
    result.groups[part] = images.groups[i];
  }
  return result;
}

metrics::ImageFigures figures_of_classes(const edge::ModelCard&, const Decisions& d) {
  const auto n = static_cast<int64_t>(d.labels.size());
  int64_t right = 0;
  std::vector<uint8_t> correct;
  for (size_t i = 0; i < d.labels.size(); ++i) {
    correct.push_back(d.labels[i] == d.predicted[i]);
    right += correct.back();
  }
  metrics::ImageFigures f;
  f.images = static_cast<double>(n);
  f.accuracy = static_cast<double>(right) / static_cast<double>(n);
  f.accuracy_interval = quality::wilson(right, n);
  f.ece = metrics::ece(d.probabilities, correct);
  return f;
}

metrics::ImageFigures figures_of_inspection(const edge::ModelCard& card, const Decisions& d) {
  constexpr double kEscapeAsked = .05;
  const edge::Calibration& c = card.calibration;
  const auto point = metrics::operating_point(d.probabilities, d.ng, c.threshold);
  const int64_t n = std::ssize(d.labels), wrong = point.overkills + point.escapes;
  metrics::ImageFigures f;
  f.images = static_cast<double>(n);
  f.ok_images = static_cast<double>(point.ok);
  f.ng_images = static_cast<double>(point.ng);
  f.accuracy = point.accuracy();
  f.accuracy_interval = quality::wilson(n - wrong, n);
  f.best_accuracy_on_test = metrics::best_accuracy_threshold(d.probabilities, d.ng).accuracy();
  f.auroc = metrics::auroc(d.probabilities, d.ng);
  f.auroc_interval = metrics::bootstrap_auroc(d.probabilities, d.ng, d.groups);
  f.average_precision = metrics::average_precision(d.probabilities, d.ng);
  f.threshold = point.threshold;
  f.threshold_rule = c.threshold_rule;
  f.overkill = point.overkill();
  f.overkill_interval = quality::clopper_pearson(point.overkills, point.ok);
  f.escape = point.escape();
  f.escape_interval = quality::clopper_pearson(point.escapes, point.ng);
  f.ece = metrics::binary_ece(d.probabilities, d.ng);
  if (point.ng > 0 && point.ok > 0)
    f.overkill_at_5_percent_escape_on_test =
        metrics::choose_threshold(d.probabilities, d.ng,
                                  {metrics::Limit::Of::kEscape, kEscapeAsked})
            .point.overkill();
  return f;
}

metrics::ImageFigures image_figures(const edge::ModelCard& card, const Decisions& decisions) {
  return task_of(card).image_figures(card, decisions);
}

metrics::ClassFigures class_figures(const edge::ModelCard& card, const Decisions& d, int label) {
  const TaskRow& task = task_of(card);
  const int wanted = task.right_outcome(card, label);
  int64_t images = 0, right = 0;
  for (size_t i = 0; i < d.labels.size(); ++i) {
    const bool own = d.labels[i] == label;
    images += own;
    right += own && task.outcome(d, i) == wanted;
  }
  metrics::ClassFigures f;
  f.images = static_cast<double>(images);
  f.right = static_cast<double>(right);
  if (images > 0) f.right_share = static_cast<double>(right) / static_cast<double>(images);
  f.auroc = task.class_auroc(card, d, label);
  return f;
}

metrics::ConfusionFigures confusion_figures(const edge::ModelCard& card, const Decisions& d) {
  const TaskRow& task = task_of(card);
  metrics::ConfusionFigures f{card.classes, task.outcomes(card), {}};
  f.counts.assign(f.truth.size(), std::vector<int64_t>(f.called.size()));
  for (size_t i = 0; i < d.labels.size(); ++i)
    ++f.counts[static_cast<size_t>(d.labels[i])][static_cast<size_t>(task.outcome(d, i))];
  return f;
}

}  // namespace paucal::judge
