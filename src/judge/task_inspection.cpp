// Inspection: images are OK or NG, and NG ones have a defect somewhere.

#include <cmath>

#include "base/error.h"
#include "judge/task.h"
#include "metrics/calibration.h"
#include "metrics/metrics.h"
#include "metrics/operating_point.h"

namespace paucal::judge {
namespace {

// From which probability on to call an image NG.
void choose_decision(edge::Calibration& c, std::span<const double> probabilities,
                     std::span<const uint8_t> ng, const LocateOptions& options) {
  if (options.limit == "accuracy") {
    c.threshold = metrics::best_accuracy_threshold(probabilities, ng).threshold;
    c.threshold_rule = fmt::format("highest accuracy on {} held-out images", ng.size());
    return;
  }
  const bool escape = options.limit == "escape";
  const auto chosen = metrics::choose_threshold(
      probabilities, ng,
      {escape ? metrics::Limit::Of::kEscape : metrics::Limit::Of::kOverkill, options.limit_share});
  c.threshold = chosen.point.threshold;
  c.threshold_rule = fmt::format("at most {:.3g} % {} on {} held-out images",
                                 100 * options.limit_share, options.limit, ng.size());
  if (!chosen.warning.empty()) c.add_warning(chosen.warning);
}

// Logit → probability of NG, and its threshold.
void decide_ng(edge::ModelCard& card, const HeldOut& held, const LocateOptions& options) {
  edge::Calibration& c = card.calibration;
  std::vector<double> scores;
  std::vector<uint8_t> ng;
  for (size_t i = 0; i < held.raw.size(); ++i) {
    scores.push_back(held.raw[i].scores[0]);
    ng.push_back(held.is_ng(i));
  }
  c.ng = metrics::fit_platt(scores, ng);
  if (c.ng.a <= 0) {  // worse than chance: keep the order of scores all the same
    c.add_warning("the validation images rank no better than chance");
    c.ng = {};
  }
  std::vector<double> probabilities;
  for (const double score : scores) probabilities.push_back(c.ng(score));
  choose_decision(c, probabilities, ng, options);
}

double probability_of_ng(const edge::ModelCard& card, const RawPrediction& raw, int) {
  return card.calibration.ng(raw.scores[0]);
}

// A defect class against all OK images.
metrics::Number auroc_of_class(const edge::ModelCard& card, const Decisions& d, int label) {
  if (card.class_is_ok[static_cast<size_t>(label)]) return {};
  std::vector<double> scores;
  std::vector<uint8_t> positive;
  for (size_t i = 0; i < d.labels.size(); ++i) {
    const bool own = d.labels[i] == label;
    if (!own && d.ng[i]) continue;
    scores.push_back(d.probabilities[i]);
    positive.push_back(own && d.ng[i]);
  }
  return metrics::auroc(scores, positive);
}

std::vector<std::string> ok_or_ng(const edge::ModelCard&) {
  return {"OK", "NG"};
}
int called_ng(const Decisions& decisions, size_t image) {
  return decisions.called_ng[image];
}
int is_ng_class(const edge::ModelCard& card, int label) {
  return card.class_is_ok[static_cast<size_t>(label)] ? 0 : 1;
}

std::string verdict_of_inspection(const metrics::ImageFigures& f) {
  if (f.ng_images.value_or(0) == 0)
    return fmt::format(
        "On {} OK test images: {:.1f} % are called NG. No test image is NG, so nothing tells what "
        "escapes.",
        f.images.value_or(0), 100 * f.overkill.value_or(NAN));
  return fmt::format(
      "On {} test images: AUROC {:.3f}. At the chosen threshold {:.1f} % of the {} NG images "
      "escape, and {:.1f} % of the {} OK images are called NG.",
      f.images.value_or(0), f.auroc.value_or(NAN), 100 * f.escape.value_or(NAN),
      f.ng_images.value_or(0), 100 * f.overkill.value_or(NAN), f.ok_images.value_or(0));
}

std::vector<GalleryPick> galleries_of_inspection(const GalleryChoice& choice) {
  const auto p = [](const Decided& d) { return d.probability; };
  const auto called = [&](bool ok, bool ng) {
    return [&choice, ok, ng](const Decided& d) {
      return choice.tested(d) && choice.is_ok(d) == ok && d.ng == ng;
    };
  };
  return {
      {"Worst escapes", "NG test images that are called OK, the lowest score first.",
       choice.ranked(called(false, false), [&](const Decided& d) { return -p(d); })},
      {"Worst overkills", "OK test images that are called NG, the highest score first.",
       choice.ranked(called(true, true), p)},
      {"Typical hits", "NG test images that are called NG: the surest of each class.",
       choice.one_of_each(called(false, true))},
      {"Suspected labels",
       "Images of any split whose label the model most strongly contradicts. Look at them: a wrong "
       "label costs more than a hard image.",
       choice.ranked([&](const Decided& d) { return choice.is_ok(d) ? p(d) > .5 : p(d) < .5; },
                     [&](const Decided& d) { return choice.is_ok(d) ? p(d) : 1 - p(d); })}};
}

std::string detail_of_inspection(const edge::ModelCard&, const data::Record& record,
                                 const Prediction& p) {
  return fmt::format("{}, probability of NG {:.2f}, called {}", record.class_name, p.probability,
                     p.ng ? "NG" : "OK");
}

}  // namespace

extern const TaskRow task_inspection;
const TaskRow task_inspection{.task = edge::Task::kInspection,
                              .finds_defects = true,
                              .background = .95,
                              .decide = decide_ng,
                              .probability = probability_of_ng,
                              .image_figures = figures_of_inspection,
                              .class_auroc = auroc_of_class,
                              .outcomes = ok_or_ng,
                              .outcome = called_ng,
                              .right_outcome = is_ng_class,
                              .verdict = verdict_of_inspection,
                              .galleries = galleries_of_inspection,
                              .detail = detail_of_inspection,
                              .watched = &metrics::ImageFigures::auroc,
                              .watched_name = "AUROC"};

}  // namespace paucal::judge
