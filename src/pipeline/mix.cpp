#include "pipeline/mix.h"

#include <algorithm>
#include <cmath>

#include "base/host/log.h"
#include "judge/inference.h"
#include "metrics/metrics.h"
#include "metrics/share.h"
#include "models/memory.h"
#include "pipeline/one_class.h"

namespace paucal::pipeline {
namespace {

constexpr double kWeights[] = {1, .5, 2, .25, 4};  // the first of equals
constexpr size_t kEnoughNg = 5;

// What the network says of images that it has not seen, each forgotten before.
std::vector<double> scores_of(const judge::TrainedModel& model, models::Memory& memory,
                              const Training& training, const std::vector<int>& records) {
  const judge::Inference inference(model);
  std::vector<double> scores;
  as_if_unseen(memory, training.run.dataset, records, [&](int record) {
    scores.push_back(inference.fitted(*training.run.cache.get(record)).scores[0]);
  });
  return scores;
}

struct Spread {
  double middle = 0, reach = 1;
};

// Of the OK images: the median, and how far the upper tenth lies from it.
Spread spread_of(const std::vector<double>& scores, const std::vector<uint8_t>& ng) {
  std::vector<double> ok;
  for (size_t i = 0; i < scores.size(); ++i)
    if (!ng[i]) ok.push_back(scores[i]);
  if (ok.empty()) return {};
  std::ranges::sort(ok);
  const double middle = metrics::quantile(ok, .5);
  return {middle, std::max(metrics::quantile(ok, .9) - middle, 1e-6 * (1 + std::abs(middle)))};
}

// The weight of the distance by which validation images are ranked best.
double best_weight(const std::vector<double>& logits, const std::vector<double>& distances,
                   double unit, const std::vector<uint8_t>& ng) {
  const auto positive = static_cast<size_t>(std::ranges::count(ng, 1));
  if (positive < kEnoughNg || positive == ng.size()) return kWeights[0];
  double best = 0, best_figure = -1;
  for (const double weight : kWeights) {
    std::vector<double> sums;
    for (size_t i = 0; i < logits.size(); ++i)
      sums.push_back(logits[i] + weight * unit * distances[i]);
    const double figure = metrics::auroc(sums, ng) + metrics::average_precision(sums, ng);
    if (figure <= best_figure) continue;
    best_figure = figure;
    best = weight;
  }
  return best;
}

}  // namespace

void mix_evidence(const Training& training, const std::shared_ptr<models::Memory>& network) {
  models::Memory& memory = *network;
  const data::Dataset& dataset = training.run.dataset;
  const std::vector<int> records = dataset.indices(data::Split::kVal);
  if (records.empty()) return;
  std::vector<uint8_t> ng;
  for (const int record : records) ng.push_back(!dataset.is_ok(dataset.at(record)));
  judge::TrainedModel model = training.model;
  model.network = network;
  model.architecture = memory.options();
  model.flips = false;
  memory.set_mix(1, 0, 0);
  const std::vector<double> logits = scores_of(model, memory, training, records);
  memory.set_mix(0, 1, 0);
  const std::vector<double> distances = scores_of(model, memory, training, records);
  const Spread of_logits = spread_of(logits, ng), of_distances = spread_of(distances, ng);
  const double unit = of_logits.reach / of_distances.reach;
  const double weight = best_weight(logits, distances, unit, ng);
  memory.set_mix(1, weight * unit, -weight * unit * of_distances.middle);
  log::info("train: a distance of {:.4f} counts as much as {:.3f} of the class map (weight {})",
            of_distances.reach, weight * of_logits.reach, weight);
}

}  // namespace paucal::pipeline
