#include "quality/label_errors/confident_learning.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kConfidentPlace = "confident learning";
constexpr double kRoundingSlack = 1e-6;  // probabilities are floats
constexpr double kLeastThreshold = 2 * kRoundingSlack;

void check_data(const LabelledProbabilities& d) {
  if (d.classes < 2) fail(kConfidentPlace, "{} classes, expected at least 2", d.classes);
  if (d.probabilities.size() != d.labels.size() * static_cast<size_t>(d.classes))
    fail(kConfidentPlace, "{} probabilities for {} labels, expected {} each",
         d.probabilities.size(), d.labels.size(), d.classes);
  for (const int label : d.labels)
    if (label < 0 || label >= d.classes)
      fail(kConfidentPlace, "label {}, expected 0 to {}", label, d.classes - 1);
  for (const float p : d.probabilities)
    if (!(p >= 0 && p <= 1)) fail(kConfidentPlace, "probability {}, expected 0 to 1", p);
}

std::span<const float> row_of(const LabelledProbabilities& d, size_t item) {
  const auto k = static_cast<size_t>(d.classes);
  return d.probabilities.subspan(item * k, k);
}

}  // namespace

ConfidentJoint confident_joint(const LabelledProbabilities& data) {
  check_data(data);
  const auto k = static_cast<size_t>(data.classes);
  ConfidentJoint joint;
  joint.classes = data.classes;
  joint.thresholds.assign(k, 0);
  joint.counts.assign(k * k, 0);
  std::vector<double> items(k, 0);
  for (size_t i = 0; i < data.labels.size(); ++i) {
    const auto label = static_cast<size_t>(data.labels[i]);
    joint.thresholds[label] += row_of(data, i)[label];
    ++items[label];
  }
  for (size_t c = 0; c < k; ++c)
    joint.thresholds[c] = items[c] ? std::max(kLeastThreshold, joint.thresholds[c] / items[c]) : 1;

  for (size_t i = 0; i < data.labels.size(); ++i) {
    const auto p = row_of(data, i);
    int best = -1;
    for (size_t c = 0; c < k; ++c)
      if (p[c] >= joint.thresholds[c] - kRoundingSlack &&
          (best < 0 || p[c] > p[static_cast<size_t>(best)]))
        best = static_cast<int>(c);
    joint.counted_as.push_back(best);
    if (best >= 0)
      ++joint.counts[static_cast<size_t>(data.labels[i]) * k + static_cast<size_t>(best)];
  }
  double wrong = 0, all = 0;
  for (size_t r = 0; r < k; ++r) {
    double& diagonal = joint.counts[r * k + r];
    diagonal = std::max(1.0, diagonal);
    double sum = 0;
    for (size_t c = 0; c < k; ++c) sum += joint.counts[r * k + c];
    for (size_t c = 0; c < k; ++c) joint.counts[r * k + c] *= items[r] / sum;
    wrong += items[r] - diagonal;
    all += items[r];
  }
  joint.noise = all ? wrong / all : 0;
  return joint;
}

std::vector<LabelScores> label_scores(const LabelledProbabilities& data) {
  check_data(data);
  std::vector<LabelScores> scores;
  scores.reserve(data.labels.size());
  for (size_t i = 0; i < data.labels.size(); ++i) {
    const auto p = row_of(data, i);
    const auto label = static_cast<size_t>(data.labels[i]);
    double other = 0, entropy = 0;
    for (size_t c = 0; c < p.size(); ++c) {
      if (c != label) other = std::max<double>(other, p[c]);
      if (p[c] > 0) entropy -= p[c] * std::log(static_cast<double>(p[c]));
    }
    const double self = p[label];
    const double x =
        entropy / std::log(static_cast<double>(data.classes)) / std::max(self, kRoundingSlack);
    scores.push_back({self, (self - other + 1) / 2, x > 1e-9 ? std::log1p(x) / x : 1});
  }
  return scores;
}

std::vector<LabelSuspect> label_suspects(const LabelledProbabilities& data) {
  const ConfidentJoint joint = confident_joint(data);
  const auto scores = label_scores(data);
  std::vector<LabelSuspect> suspects;
  for (size_t i = 0; i < data.labels.size(); ++i) {
    const int suggested = joint.counted_as[i];
    if (suggested >= 0 && suggested != data.labels[i])
      suspects.push_back(
          {static_cast<int>(i), data.labels[i], suggested, scores[i].normalized_margin});
  }
  std::ranges::stable_sort(suspects, {}, &LabelSuspect::score);
  return suspects;
}

}  // namespace paucal::quality
