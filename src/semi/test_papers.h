#pragma once
// Methods once more, in float64 loops written from the papers, without a line of their code.

#include "semi/test_reference.h"

namespace paucal::semi::reference {

using Reference = std::function<Expected(const Input&)>;

inline std::vector<size_t> labels_of(const Rows& rows) {
  std::vector<size_t> labels;
  for (const Row& row : rows) labels.push_back(argmax(row));
  return labels;
}

inline Row above(const Row& confidence, double threshold) {
  Row weight;
  for (const double value : confidence) weight.push_back(value >= threshold ? 1 : 0);
  return weight;
}

// FixMatch, equation 4; the threshold goes from `start` to `threshold` over `length` of the run.
inline Reference fixmatch(double threshold, double start, double length, double factor) {
  return [=](const Input& in) {
    const Rows p = softmax_all(logits(in.weak[0], in.student));
    const double share = length > 0 ? ramp(in.done(), length) : 1;
    const Row weight = above(confidences(p), start + (threshold - start) * share);
    const Rows strong = logits(in.strong[0], in.student);
    return Expected{supervised(in), factor * weighted(strong, labels_of(p), weight), weight};
  };
}

// FlexMatch, equations 5 to 11. The thresholds of a step are made from what was recorded before it.
inline Reference flexmatch(double threshold, double (*mapping)(double)) {
  return [=, selected = std::vector<int64_t>(kUnlabelled, -1)](const Input& in) mutable {
    Row count(kClasses, 0);
    double unused = 0;
    for (const int64_t c : selected) (c < 0 ? unused : count[static_cast<size_t>(c)]) += 1;
    Row thresholds;
    for (const double of_class : count)
      thresholds.push_back(threshold * mapping(of_class / std::max(highest(count), unused)));
    const Rows p = softmax_all(logits(in.weak[0], in.student));
    const std::vector<size_t> label = labels_of(p);
    Row weight;
    for (size_t n = 0; n < p.size(); ++n) {
      weight.push_back(highest(p[n]) >= thresholds[label[n]] ? 1 : 0);
      if (highest(p[n]) >= threshold)
        selected[static_cast<size_t>(in.index[n])] = static_cast<int64_t>(label[n]);
    }
    return Expected{supervised(in),
                    weighted(logits(in.strong[0], in.student), label, weight),
                    weight,
                    {{"threshold_min", *std::min_element(thresholds.begin(), thresholds.end())},
                     {"threshold_max", highest(thresholds)}}};
  };
}

// FreeMatch, equation 12: what the samples that count lack of the model's own shares of classes.
inline double fairness(const Rows& passed, const Row& prior, const Row& shares) {
  if (passed.empty()) return 0;
  const Row mean_of_passed = column_means(passed), shares_of_passed = histogram(passed);
  Row want, have;
  for (size_t c = 0; c < prior.size(); ++c) {
    want.push_back(shares[c] > 0 ? prior[c] / shares[c] : 0);
    have.push_back(shares_of_passed[c] > 0 ? mean_of_passed[c] / shares_of_passed[c] : 0);
  }
  want = normalise(want);
  have = normalise(have);
  double loss = 0;
  for (size_t c = 0; c < prior.size(); ++c) loss += want[c] * std::log(have[c] + 1e-12);
  return loss;
}

// FreeMatch, equations 5 to 13. The averages take in the present batch before it is masked.
inline Reference freematch(double decay, double fairness_weight, double low, double high) {
  Row confidence(1, 1. / kClasses), prior(kClasses, 1. / kClasses);
  return [=, shares = prior](const Input& in) mutable {
    const Rows p = softmax_all(logits(in.weak[0], in.student));
    move_towards(confidence, {mean(confidences(p))}, decay);
    move_towards(prior, column_means(p), decay);
    move_towards(shares, histogram(p), decay);
    Row thresholds;
    for (const double of_class : prior)
      thresholds.push_back(std::clamp(confidence[0] * of_class / highest(prior), low, high));
    const std::vector<size_t> label = labels_of(p);
    const Rows strong = logits(in.strong[0], in.student);
    Row weight;
    Rows passed;
    for (size_t n = 0; n < p.size(); ++n) {
      weight.push_back(highest(p[n]) >= thresholds[label[n]] ? 1 : 0);
      if (weight[n] > 0) passed.push_back(softmax(strong[n]));
    }
    return Expected{
        supervised(in),
        weighted(strong, label, weight) + fairness_weight * fairness(passed, prior, shares),
        weight,
        {{"threshold_min", *std::min_element(thresholds.begin(), thresholds.end())},
         {"threshold_max", highest(thresholds)}}};
  };
}

// SoftMatch, equations 5 to 10. Alignment weighs; the label is that of the raw prediction.
inline Reference softmatch(double decay, double sigmas, bool uniform) {
  Row centre(1, 1. / kClasses), variance(1, 1.), model(kClasses, 1. / kClasses);
  return [=](const Input& in) mutable {
    const Rows p = softmax_all(logits(in.weak[0], in.student));
    move_towards(model, column_means(p), decay);
    Rows aligned = p;
    if (uniform)
      for (Row& row : aligned) row = align(row, Row(kClasses, 1. / kClasses), model);
    const Row confidence = confidences(aligned);
    const Row raw = confidences(p);
    const double batch_mean = mean(raw);
    double squares = 0;
    for (const double value : raw) squares += (value - batch_mean) * (value - batch_mean);
    move_towards(centre, {batch_mean}, decay);
    move_towards(variance, {squares / static_cast<double>(confidence.size() - 1)}, decay);
    Row weight;
    for (const double value : confidence) {
      const double below = std::min(value - centre[0], 0.);
      weight.push_back(std::exp(-below * below / (2 * variance[0] / (sigmas * sigmas))));
    }
    return Expected{supervised(in),
                    weighted(logits(in.strong[0], in.student), labels_of(p), weight), weight};
  };
}

// UDA, sections 2.2 and 3: what counts is decided before sharpening. `annealing`: from the share of
// the run behind to 0 … 1; null: none.
inline Reference uda(double threshold, double temperature, double (*annealing)(double)) {
  return [=](const Input& in) {
    Row kept;
    const Rows labelled = logits(in.labelled, in.student);
    for (size_t n = 0; n < labelled.size(); ++n) {
      const auto label = static_cast<size_t>(in.labels[n]);
      const double most =
          annealing ? annealing(in.done()) * (1 - 1. / kClasses) + 1. / kClasses : 1;
      if (softmax(labelled[n])[label] <= most) kept.push_back(cross_entropy(labelled[n], label));
    }
    const Rows z = logits(in.weak[0], in.student), strong = logits(in.strong[0], in.student);
    Row weight, losses;
    for (size_t n = 0; n < z.size(); ++n) {
      weight.push_back(highest(softmax(z[n])) >= threshold ? 1 : 0);
      const Row target = softmax(z[n], temperature);
      losses.push_back(weight[n] * (cross_entropy(strong[n], target) - entropy(target)));
    }
    return Expected{kept.empty() ? 0 : mean(kept), mean(losses), weight};
  };
}

// Mean Teacher: the teacher's weights say what the student's say of another view; Pi-Model: the
// student's own.
inline Reference consistency(double factor, double length, bool of_teacher, bool sigmoid) {
  return [=](const Input& in) {
    const Rows said = softmax_all(logits(in.weak[0], of_teacher ? in.teacher : in.student));
    const Rows z = logits(in.weak[1], in.student);
    Row losses;
    for (size_t n = 0; n < z.size(); ++n) losses.push_back(squared_error(z[n], said[n]));
    const double share = ramp(in.done(), length), left = 1 - share;
    return Expected{supervised(in),
                    factor * (sigmoid ? std::exp(-5 * left * left) : share) * mean(losses)};
  };
}

// Pseudo-Label: the only view teaches itself.
inline Reference pseudo_label(double threshold, double length) {
  return [=](const Input& in) {
    const Rows z = logits(in.weak[0], in.student);
    const Row weight = above(confidences(softmax_all(z)), threshold);
    return Expected{supervised(in), ramp(in.done(), length) * weighted(z, labels_of(z), weight),
                    weight};
  };
}

// AdaMatch in its semi-supervised form. A network without batch norm gives the same logits with and
// without the unlabelled samples beside, so their random interpolation changes nothing.
inline Reference adamatch(double share, double factor, double length, double decay, size_t memory) {
  return
      [=, labelled_mean = Row(kClasses, 1. / kClasses), latest = Rows()](const Input& in) mutable {
        const Rows z = logits(in.labelled, in.student), z2 = logits(in.labelled_strong, in.student);
        Row losses;
        for (size_t n = 0; n < z.size(); ++n) {
          const auto label = static_cast<size_t>(in.labels[n]);
          losses.push_back((cross_entropy(z[n], label) + cross_entropy(z2[n], label)) / 2);
        }
        const Rows labelled = softmax_all(z), p = softmax_all(logits(in.weak[0], in.student));
        move_towards(labelled_mean, column_means(labelled), decay);
        latest.push_back(column_means(p));
        if (latest.size() > memory) latest.erase(latest.begin());
        Rows aligned;
        for (const Row& row : p) aligned.push_back(align(row, labelled_mean, column_means(latest)));
        const double threshold = share * mean(confidences(labelled));
        const Row weight = above(confidences(aligned), threshold);
        const double rise = .5 - .5 * std::cos(M_PI * ramp(in.done(), length));
        return Expected{
            mean(losses),
            factor * rise * weighted(logits(in.strong[0], in.student), labels_of(aligned), weight),
            weight,
            {{"threshold", threshold}}};
      };
}

// MixMatch, equations 6 to 14.
inline Reference mixmatch(double temperature, double alpha, double factor, double length) {
  return [=](const Input& in) {
    const Rows first = softmax_all(logits(in.weak[0], in.student));
    const Rows second = softmax_all(logits(in.weak[1], in.student));
    Rows guess;
    for (size_t n = 0; n < first.size(); ++n) {
      Row row;
      for (size_t c = 0; c < first[n].size(); ++c)
        row.push_back(std::pow((first[n][c] + second[n][c]) / 2, 1 / temperature));
      guess.push_back(normalise(row));
    }
    Rows views = in.labelled, targets;
    for (const int64_t label : in.labels) {
      targets.emplace_back(kClasses, 0);
      targets.back()[static_cast<size_t>(label)] = 1;
    }
    for (const Rows& weak : in.weak) {
      views.insert(views.end(), weak.begin(), weak.end());
      targets.insert(targets.end(), guess.begin(), guess.end());
    }
    const Mixing mixing = draw_mixing(alpha, in.step);
    const size_t labelled = in.labels.size();
    Row supervised_losses, losses;
    for (size_t n = 0; n < views.size(); ++n) {
      const double keep = std::max(mixing.lambda[n], 1 - mixing.lambda[n]);
      Row view = views[n], target = targets[n];
      move_towards(view, views[mixing.other[n]], keep);
      move_towards(target, targets[mixing.other[n]], keep);
      const Row z = logits({view}, in.student)[0];
      if (n < labelled)
        supervised_losses.push_back(cross_entropy(z, target));
      else
        losses.push_back(squared_error(z, target));
    }
    return Expected{mean(supervised_losses), factor * ramp(in.done(), length) * mean(losses)};
  };
}

inline double convex(double x) {
  return x / (2 - x);
}
inline double linear(double x) {
  return x;
}
inline double concave(double x) {
  return std::log(1 + x) / std::log(2.);
}
inline double log_annealing(double done) {
  return 1 - std::exp(-5 * done);
}
inline double exp_annealing(double done) {
  return std::exp(5 * (done - 1));
}

}  // namespace paucal::semi::reference
