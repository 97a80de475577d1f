#pragma once
// The arithmetic of the papers in plain float64 loops, without a tensor: what golden_test.cpp holds
// the methods to.

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <string>

#include "semi/test_linear.h"

namespace paucal::semi::reference {

constexpr int64_t kClasses = 5, kWidth = 8, kBatch = 6, kUnlabelled = 40, kSteps = 20;
constexpr uint64_t kSeed = 11;

// One step, as numbers that float32 holds too.
struct Input {
  Rows student, teacher;  // weights [K][D]
  Rows labelled, labelled_strong;
  std::vector<int64_t> labels;
  std::array<Rows, 2> weak, strong;
  std::vector<int64_t> index;
  int64_t step = 0;
  double done() const { return static_cast<double>(step) / kSteps; }
};

struct Expected {
  double labelled = 0, unlabelled = 0;
  Row weight = {};  // how much each unlabelled sample counts; empty: all alike
  std::map<std::string, double> parts = {};
};

inline double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline double sum(const Row& row) {
  double total = 0;
  for (const double value : row) total += value;
  return total;
}

inline double mean(const Row& row) {
  return sum(row) / static_cast<double>(row.size());
}

inline Rows logits(const Rows& views, const Rows& weight) {
  Rows result;
  for (const Row& view : views) {
    Row row;
    for (const Row& of_class : weight) row.push_back(dot(view, of_class));
    result.push_back(row);
  }
  return result;
}

inline Row normalise(Row row) {
  const double total = sum(row);
  for (double& value : row) value = total > 0 ? value / total : 0;
  return row;
}

inline Row softmax(const Row& logits, double temperature = 1) {
  const double top = *std::max_element(logits.begin(), logits.end());
  Row result;
  for (const double z : logits) result.push_back(std::exp((z - top) / temperature));
  return normalise(result);
}

inline Rows softmax_all(const Rows& logits, double temperature = 1) {
  Rows result;
  for (const Row& row : logits) result.push_back(softmax(row, temperature));
  return result;
}

inline size_t argmax(const Row& row) {
  return static_cast<size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

inline double highest(const Row& row) {
  return row[argmax(row)];
}

// -log softmax(logits)[label].
inline double cross_entropy(const Row& logits, size_t label) {
  const double top = highest(logits);
  double total = 0;
  for (const double z : logits) total += std::exp(z - top);
  return top + std::log(total) - logits[label];
}

inline double cross_entropy(const Row& logits, const Row& target) {
  double total = 0;
  for (size_t c = 0; c < target.size(); ++c) total += target[c] * cross_entropy(logits, c);
  return total;
}

inline double entropy(const Row& p) {
  double total = 0;
  for (const double value : p)
    if (value > 0) total -= value * std::log(value);
  return total;
}

// Mean over the classes of (softmax(logits) - target)².
inline double squared_error(const Row& logits, const Row& target) {
  const Row p = softmax(logits);
  double total = 0;
  for (size_t c = 0; c < p.size(); ++c) total += (p[c] - target[c]) * (p[c] - target[c]);
  return total / static_cast<double>(p.size());
}

inline Row column_means(const Rows& rows) {
  Row result(rows[0].size(), 0);
  for (const Row& row : rows)
    for (size_t c = 0; c < row.size(); ++c) result[c] += row[c] / static_cast<double>(rows.size());
  return result;
}

inline Row confidences(const Rows& probabilities) {
  Row result;
  for (const Row& row : probabilities) result.push_back(highest(row));
  return result;
}

// Share of the rows whose highest entry is in each column.
inline Row histogram(const Rows& rows) {
  Row result(kClasses, 0);
  for (const Row& row : rows) result[argmax(row)] += 1;
  return normalise(result);
}

inline void move_towards(Row& average, const Row& latest, double decay) {
  for (size_t c = 0; c < average.size(); ++c)
    average[c] = decay * average[c] + (1 - decay) * latest[c];
}

inline Row align(const Row& p, const Row& target, const Row& model) {
  Row result;
  for (size_t c = 0; c < p.size(); ++c)
    result.push_back(p[c] * (target[c] + 1e-6) / (model[c] + 1e-6));
  return normalise(result);
}

inline double ramp(double done, double length) {
  return std::clamp(done / length, 0., 1.);
}

// Mean cross-entropy of the labelled samples.
inline double supervised(const Input& in) {
  const Rows z = logits(in.labelled, in.student);
  Row losses;
  for (size_t n = 0; n < z.size(); ++n)
    losses.push_back(cross_entropy(z[n], static_cast<size_t>(in.labels[n])));
  return mean(losses);
}

// The inputs of a step. Each sample has a loudness, so that some are predicted with near certainty
// and some hardly at all; most labels are what the network says.
inline Input draw_input(int64_t step, int64_t mu) {
  Random weights(kSeed, 1), random(kSeed, 2, static_cast<uint64_t>(step));
  const auto in_float = [](double value) { return static_cast<double>(static_cast<float>(value)); };
  const auto draw = [&](Random& from, int64_t count) {
    Rows rows;
    for (int64_t n = 0; n < count; ++n) {
      Row row;
      for (int64_t d = 0; d < kWidth; ++d) row.push_back(in_float(.8 * from.normal()));
      rows.push_back(row);
    }
    return rows;
  };
  Input in;
  in.step = step;
  in.student = draw(weights, kClasses);
  in.teacher = draw(weights, kClasses);
  const auto views_of = [&](const Rows& centres, const Row& loudness, double noise) {
    Rows rows = centres;
    for (size_t n = 0; n < rows.size(); ++n)
      for (double& value : rows[n])
        value = in_float(loudness[n] * (value + noise * random.normal()));
    return rows;
  };
  const auto loudness_of = [&](int64_t count) {
    constexpr std::array<double, 3> kLoudness{.2, 1., 3.};
    Row result;
    for (int64_t n = 0; n < count; ++n) result.push_back(kLoudness[random.below(3)]);
    return result;
  };
  const Rows centres = draw(random, kBatch);
  const Row loudness = loudness_of(kBatch);
  in.labelled = views_of(centres, loudness, .2);
  in.labelled_strong = views_of(centres, loudness, .6);
  for (const Row& z : logits(in.labelled, in.student))
    in.labels.push_back(random.chance(.7) ? static_cast<int64_t>(argmax(z))
                                          : random.below(kClasses));
  const int64_t count = kBatch * mu;
  const Rows others = draw(random, count);
  const Row others_loudness = loudness_of(count);
  for (Rows& views : in.weak) views = views_of(others, others_loudness, .2);
  for (Rows& views : in.strong) views = views_of(others, others_loudness, .6);
  // No sample twice in a batch, so that no order within the batch matters.
  for (int64_t i = 0; i < kUnlabelled; ++i) in.index.push_back(i);
  random.shuffle(in.index);
  in.index.resize(static_cast<size_t>(count));
  return in;
}

// What MixMatch draws for a step of kBatch labelled samples and as many others in two views: the
// partners, by the place of the first sample, and the λ of each view, by the sample's own place.
struct Mixing {
  std::vector<size_t> other;
  Row lambda;
};
inline Mixing draw_mixing(double alpha, int64_t step) {
  constexpr uint64_t kLabelled = 1, kWeak = 0, kSecondWeak = 4;  // views
  const auto first = static_cast<uint64_t>(step * kBatch);
  Mixing mixing;
  for (size_t n = 0; n < 3 * kBatch; ++n) mixing.other.push_back(n);
  Random(kSeed, 0x6d697870, first * 256).shuffle(mixing.other);
  for (const uint64_t view : {kLabelled, kWeak, kSecondWeak})
    for (uint64_t n = 0; n < kBatch; ++n)
      mixing.lambda.push_back(
          Random(kSeed, 0x6d697873, (first + n) * 256 + view).beta(alpha, alpha));
  return mixing;
}

// Most methods: sample n counts with weight[n], its strong view learns label[n].
inline double weighted(const Rows& strong_logits, const std::vector<size_t>& label,
                       const Row& weight) {
  Row losses;
  for (size_t n = 0; n < label.size(); ++n)
    losses.push_back(weight[n] * cross_entropy(strong_logits[n], label[n]));
  return mean(losses);
}

}  // namespace paucal::semi::reference
