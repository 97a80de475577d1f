#include "judge/calibrate.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/host/log.h"
#include "judge/choose_boxes.h"
#include "judge/choose_coarse.h"
#include "judge/decide_by_ok.h"
#include "judge/task.h"
#include "metrics/share.h"

namespace paucal::judge {
namespace {

constexpr double kReach = .9995;  // of OK places: few are hotter

HeldOut held_out(const data::Dataset& dataset, data::ImageCache& cache, const RawSource& raw,
                 bool training_too, edge::Calibration& c) {
  HeldOut held{dataset, cache, dataset.indices(data::Split::kVal), {}};
  if (training_too) {
    std::ranges::copy(dataset.indices(data::Split::kTrain), std::back_inserter(held.records));
  } else if (held.records.empty()) {
    held.records = dataset.indices(data::Split::kTrain);
    c.add_warning(
        "there are no validation images, so thresholds come from the training images and "
        "are too hopeful; raise data.val");
  }
  for (const int record : held.records) held.raw.push_back(raw(record));
  return held;
}

// Heat 0 is what nearly all places without a defect stay below, heat 1 what the map of a typical
// defect reaches.
void scale_heat(edge::ModelCard& card, const HeldOut& held) {
  const TaskRow& task = task_of(card);
  std::vector<float> background, peaks;
  for (size_t i = 0; i < held.raw.size(); ++i) {
    const auto& values = held.raw[i].maps[card.heat_channel(held.record(i).label)].values;
    const bool defect = !task.finds_defects || held.is_ng(i);
    if (defect) peaks.push_back(*std::ranges::max_element(values));
    // Where nothing is free of what is looked for, the maps themselves hold the background.
    if (!defect || !task.finds_defects)
      background.insert(background.end(), values.begin(), values.end());
  }
  edge::Calibration& c = card.calibration;
  c.heat_low = background.empty() ? -2 : metrics::lower_quantile(background, task.background);
  if (!peaks.empty())
    c.heat_high = metrics::lower_quantile(std::move(peaks), .5);
  else if (c.promise)  // no defect was ever seen: twice as far as OK places reach
    c.heat_high =
        c.heat_low + 2 * (metrics::lower_quantile(std::move(background), kReach) - c.heat_low);
  else
    c.heat_high = c.heat_low + 4;
  c.heat_high = std::max(c.heat_high, c.heat_low + 1e-3 * (1 + std::abs(c.heat_low)));
}

}  // namespace

void calibrate(edge::ModelCard& card, const data::Dataset& dataset, const data::Truth& truth,
               data::ImageCache& cache, const RawSources& sources,
               const CalibrateSettings& settings) {
  edge::Calibration& c = card.calibration = {};
  card.coarse.reset();
  if (card.detector) card.detector->score = edge::DetectorCard{}.score;
  const bool ok_alone = settings.ok_alone > 0;
  const HeldOut held = held_out(dataset, cache, sources.of_record, ok_alone, c);
  if (ok_alone)
    decide_by_ok(card, held, settings.ok_alone);
  else
    task_of(card).decide(card, held, settings.locate);
  scale_heat(card, held);
  choose_boxes(card, held, truth, sources.of_image, settings);
  if (sources.of_copy) card.coarse = choose_coarse(card, held, sources.of_copy);
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
