#include "judge/classify.h"

#include <algorithm>
#include <cmath>

#include "judge/inference.h"
#include "metrics/metrics.h"
#include "metrics/share.h"

namespace paucal::judge {
namespace {

void to_unit_length(std::vector<float>& values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  const auto norm = static_cast<float>(std::max(std::sqrt(squares), 1e-12));
  for (float& value : values) value /= norm;
}

Classified classified(int record, Inferred seen) {
  const auto& scores = seen.raw.scores;
  const auto best = std::ranges::max_element(scores);
  double sum = 0;
  for (const double score : scores) sum += std::exp(score - *best);
  to_unit_length(seen.features);
  return {record, static_cast<int>(best - scores.begin()), 1 / sum, std::move(seen.features)};
}

}  // namespace

std::vector<Classified> classify(const TrainedModel& model, data::ImageCache& cache,
                                 const std::vector<int>& records) {
  std::vector<Classified> result;
  Inference(model, /*with_features=*/true)
      .over(cache, records, "classify", [&](size_t number, Inferred seen) {
        result.push_back(classified(records[number], std::move(seen)));
      });
  return result;
}

metrics::ImageFigures figures_of(const data::Dataset& dataset,
                                 const std::vector<Classified>& images) {
  std::vector<double> confidence;
  std::vector<uint8_t> right;
  for (const Classified& image : images) {
    confidence.push_back(image.confidence);
    right.push_back(image.label == dataset.label(image.record));
  }
  metrics::ImageFigures figures;
  figures.error = metrics::share(static_cast<double>(std::ranges::count(right, 0)),
                                 static_cast<double>(right.size()));
  figures.ece = metrics::ece(confidence, right);
  return figures;
}

}  // namespace paucal::judge
