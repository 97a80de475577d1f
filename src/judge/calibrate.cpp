#include "judge/calibrate.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/host/log.h"
#include "judge/choose_boxes.h"
#include "metrics/calibration.h"
#include "metrics/operating_point.h"
#include "metrics/share.h"

namespace paucal::judge {
namespace {

void add_warning(edge::Calibration& c, const std::string& sentence) {
  c.warning += (c.warning.empty() ? "" : "; ") + sentence;
}

HeldOut held_out(const data::Dataset& dataset, data::ImageCache& cache, const RawSource& raw,
                 edge::Calibration& c) {
  HeldOut held{dataset, cache, dataset.indices(data::Split::kVal), {}};
  if (held.records.empty()) {
    held.records = dataset.indices(data::Split::kTrain);
    add_warning(c,
                "there are no validation images, so thresholds come from the training images and "
                "are too hopeful; raise data.val");
  }
  for (const int record : held.records) held.raw.push_back(raw(record));
  return held;
}

// Heat 0 is what nearly all places without a defect stay below, heat 1 what the map of a typical
// defect reaches.
void scale_heat(edge::ModelCard& card, const HeldOut& held) {
  const bool inspection = card.task == edge::Task::kInspection;
  std::vector<float> background, peaks;
  for (size_t i = 0; i < held.raw.size(); ++i) {
    const auto& values = held.raw[i].maps[label_channel(card, held.record(i))].values;
    const bool defect = !inspection || held.is_ng(i);
    if (defect) peaks.push_back(*std::ranges::max_element(values));
    // Of a classifier without OK images the background is the lower half of its own maps.
    if (!defect || !inspection) background.insert(background.end(), values.begin(), values.end());
  }
  edge::Calibration& c = card.calibration;
  c.heat_low = background.empty()
                   ? -2
                   : metrics::lower_quantile(std::move(background), inspection ? .95 : .2);
  c.heat_high = peaks.empty() ? c.heat_low + 4 : metrics::lower_quantile(std::move(peaks), .5);
  c.heat_high = std::max(c.heat_high, c.heat_low + 1e-3 * (1 + std::abs(c.heat_low)));
}

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
  if (!chosen.warning.empty()) add_warning(c, chosen.warning);
}

// Inspection: logit → probability of NG, and its threshold.
void decide(edge::Calibration& c, const HeldOut& held, const LocateOptions& options) {
  std::vector<double> scores;
  std::vector<uint8_t> ng;
  for (size_t i = 0; i < held.raw.size(); ++i) {
    scores.push_back(held.raw[i].scores[0]);
    ng.push_back(held.is_ng(i));
  }
  c.ng = metrics::fit_platt(scores, ng);
  if (c.ng.a <= 0) {  // worse than chance: keep the order of scores all the same
    add_warning(c, "the validation images rank no better than chance");
    c.ng = {};
  }
  std::vector<double> probabilities;
  for (const double score : scores) probabilities.push_back(c.ng(score));
  choose_decision(c, probabilities, ng, options);
}

double temperature_of(const edge::ModelCard& card, const HeldOut& held) {
  std::vector<double> logits;
  std::vector<int> truth;
  for (size_t i = 0; i < held.raw.size(); ++i) {
    logits.insert(logits.end(), held.raw[i].scores.begin(), held.raw[i].scores.end());
    truth.push_back(held.record(i).label);
  }
  return metrics::fit_temperature(logits, static_cast<int>(card.classes.size()), truth);
}

}  // namespace

void calibrate(edge::ModelCard& card, const data::Dataset& dataset, const data::Truth& truth,
               data::ImageCache& cache, const RawSources& sources,
               const CalibrateSettings& settings) {
  edge::Calibration& c = card.calibration = {};
  if (card.detector) card.detector->score = edge::DetectorCard{}.score;
  const HeldOut held = held_out(dataset, cache, sources.of_record, c);
  if (card.task == edge::Task::kInspection)
    decide(c, held, settings.locate);
  else
    c.temperature = temperature_of(card, held);
  scale_heat(card, held);
  choose_boxes(card, held, truth, sources.of_image, settings);
  if (!c.warning.empty()) log::warn("calibrate: {}", c.warning);
}

double box_quality(const edge::ModelCard& given, const data::Dataset& dataset,
                   data::ImageCache& cache, std::vector<RawPrediction> raw) {
  edge::ModelCard card = given;
  card.calibration = {};
  const HeldOut held{dataset, cache, dataset.indices(data::Split::kVal), std::move(raw)};
  scale_heat(card, held);
  const std::vector<KnownImage> known = given_images(card, held);
  return card.detector ? best_score(known).f1 : best_rule(card, known).f1;
}

}  // namespace paucal::judge
