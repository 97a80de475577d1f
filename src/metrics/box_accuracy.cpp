#include "metrics/box_accuracy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/error.h"
#include "metrics/share.h"

namespace paucal::metrics {
namespace {

float best_iou(const edge::Box& box, std::span<const edge::Box> truths) {
  float best = 0;
  for (const auto& truth : truths) best = std::max(best, iou(box, truth));
  return best;
}

// The images once for each class that has a truth, each with the boxes of that class alone.
std::map<int, std::vector<ImageBoxes>> by_class(std::span<const ImageBoxes> images) {
  std::map<int, std::vector<ImageBoxes>> classes;
  const bool labelled = std::any_of(images.begin(), images.end(),
                                    [](auto& image) { return !image.truth_labels.empty(); });
  for (size_t i = 0; i < images.size(); ++i) {
    if (!labelled && !images[i].truths.empty()) classes[0];
    for (const int label : images[i].truth_labels) classes[label];
    if (labelled && images[i].truth_labels.size() != images[i].truths.size())
      fail("box_accuracy", "image {}: truths without labels, expected labels on all or none", i);
  }
  for (auto& [label, subset] : classes) {
    if (!labelled) {
      subset.assign(images.begin(), images.end());
      continue;
    }
    for (const auto& image : images) {
      ImageBoxes& part = subset.emplace_back();
      for (size_t t = 0; t < image.truths.size(); ++t)
        if (image.truth_labels[t] == label) part.truths.push_back(image.truths[t]);
      for (const auto& prediction : image.predictions)
        if (prediction.label == label) part.predictions.push_back(prediction);
    }
  }
  return classes;
}

double mean_over_classes(std::span<const ImageBoxes> images, auto figure) {
  check_boxes(images);
  std::vector<double> figures;
  for (const auto& [label, subset] : by_class(images)) figures.push_back(figure(subset));
  return share(std::accumulate(figures.begin(), figures.end(), 0.0),
               static_cast<double>(figures.size()));
}

// Whether each prediction is right, by falling score over all images.
std::vector<bool> hits_by_score(const std::vector<ImageBoxes>& images, double min_iou) {
  struct Entry {
    float score;
    size_t image, prediction;
  };
  std::vector<Entry> order;
  std::vector<std::vector<bool>> taken;
  for (size_t i = 0; i < images.size(); ++i) {
    taken.emplace_back(images[i].truths.size(), false);
    for (size_t p = 0; p < images[i].predictions.size(); ++p)
      order.push_back({images[i].predictions[p].score, i, p});
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const Entry& a, const Entry& b) { return a.score > b.score; });

  std::vector<bool> hits;
  for (const auto& entry : order) {
    const auto& truths = images[entry.image].truths;
    const auto& box = images[entry.image].predictions[entry.prediction].box;
    size_t best = 0;
    for (size_t t = 1; t < truths.size(); ++t)
      if (iou(box, truths[t]) > iou(box, truths[best])) best = t;
    const bool hit = !truths.empty() && iou(box, truths[best]) >= static_cast<float>(min_iou) &&
                     !taken[entry.image][best];
    if (hit) taken[entry.image][best] = true;
    hits.push_back(hit);
  }
  return hits;
}

double average_precision(const std::vector<ImageBoxes>& images, double min_iou) {
  size_t truths = 0;
  for (const auto& image : images) truths += image.truths.size();
  const std::vector<bool> hits = hits_by_score(images, min_iou);

  std::vector<double> precision;
  double right = 0;
  for (const bool hit : hits) {
    right += hit;
    precision.push_back(right / static_cast<double>(precision.size() + 1));
  }
  double area = 0, envelope = 0;  // from the far end: the best precision at this recall or more
  for (size_t i = hits.size(); i-- > 0;) {
    envelope = std::max(envelope, precision[i]);
    if (hits[i]) area += envelope;
  }
  return share(area, static_cast<double>(truths));
}

}  // namespace

MaxBoxAcc::MaxBoxAcc(std::vector<double> thresholds)
    : thresholds_(std::move(thresholds)), correct_(thresholds_.size(), std::array<int, 3>{}) {
  if (thresholds_.empty()) fail("box_accuracy", "no map thresholds, expected at least one");
}

void MaxBoxAcc::add(std::span<const edge::Box> truths,
                    std::span<const std::vector<edge::Box>> boxes) {
  if (boxes.size() != thresholds_.size())
    fail("box_accuracy", "boxes at {} thresholds, expected {}", boxes.size(), thresholds_.size());
  if (truths.empty()) return;
  ++images_;
  for (size_t t = 0; t < boxes.size(); ++t) {
    float best = 0;
    for (const auto& box : boxes[t]) best = std::max(best, best_iou(box, truths));
    for (size_t d = 0; d < kIous.size(); ++d)
      correct_[t][d] += best >= static_cast<float>(kIous[d]);
  }
}

double MaxBoxAcc::accuracy(size_t threshold, size_t iou) const {
  return share(correct_[threshold][iou], images_);
}

double MaxBoxAcc::mean_accuracy(size_t threshold) const {
  return (accuracy(threshold, 0) + accuracy(threshold, 1) + accuracy(threshold, 2)) / 3;
}

size_t MaxBoxAcc::best_threshold() const {
  const auto total = [](const std::array<int, 3>& c) { return c[0] + c[1] + c[2]; };
  int most = 0;
  for (const auto& correct : correct_) most = std::max(most, total(correct));
  std::vector<size_t> best;
  for (size_t t = 0; t < correct_.size(); ++t)
    if (total(correct_[t]) == most) best.push_back(t);
  return best[best.size() / 2];
}

MaxBoxAcc::Result MaxBoxAcc::result(std::optional<size_t> frozen) const {
  Result out;
  out.images = images_;
  for (size_t d = 0; d < kIous.size(); ++d) {
    size_t best = 0;
    for (size_t t = 1; t < thresholds_.size(); ++t)
      if (correct_[t][d] > correct_[best][d]) best = t;
    out.oracle_by_iou[d] = accuracy(best, d);
    out.oracle_thresholds[d] = thresholds_[best];
  }
  out.oracle = (out.oracle_by_iou[0] + out.oracle_by_iou[1] + out.oracle_by_iou[2]) / 3;
  if (frozen) {
    if (*frozen >= thresholds_.size())
      fail("box_accuracy", "frozen threshold {}, expected an index below {}", *frozen,
           thresholds_.size());
    out.frozen_threshold = thresholds_[*frozen];
    out.frozen = mean_accuracy(*frozen);
    out.frozen_by_iou = {accuracy(*frozen, 0), accuracy(*frozen, 1), accuracy(*frozen, 2)};
  }
  return out;
}

Json MaxBoxAcc::Result::to_json() const {
  Json json{{"images", images},
            {"ious", kIous},
            {"oracle", oracle},
            {"oracle_by_iou", oracle_by_iou},
            {"oracle_thresholds", oracle_thresholds}};
  if (frozen) {
    json["frozen"] = *frozen;
    json["frozen_by_iou"] = *frozen_by_iou;
    json["frozen_threshold"] = *frozen_threshold;
  }
  return json;
}

MaxBoxAcc::Result MaxBoxAcc::Result::from_json(const Json& json) {
  const auto number = [](const Json& value) { return value.is_null() ? NAN : value.get<double>(); };
  const auto three = [&](const Json& values) {
    return std::array{number(values.at(0)), number(values.at(1)), number(values.at(2))};
  };
  Result result;
  result.images = json.at("images").get<int>();
  result.oracle = number(json.at("oracle"));
  result.oracle_by_iou = three(json.at("oracle_by_iou"));
  result.oracle_thresholds = three(json.at("oracle_thresholds"));
  if (!json.contains("frozen")) return result;
  result.frozen = number(json.at("frozen"));
  result.frozen_by_iou = three(json.at("frozen_by_iou"));
  result.frozen_threshold = number(json.at("frozen_threshold"));
  return result;
}

double cor_loc(std::span<const ImageBoxes> images) {
  return mean_over_classes(images, [](const std::vector<ImageBoxes>& subset) {
    int with_truth = 0, right = 0;
    for (const auto& image : subset) {
      if (image.truths.empty()) continue;
      ++with_truth;
      const auto top = std::max_element(image.predictions.begin(), image.predictions.end(),
                                        [](auto& a, auto& b) { return a.score < b.score; });
      if (top != image.predictions.end()) right += best_iou(top->box, image.truths) >= .5;
    }
    return share(right, with_truth);
  });
}

double mean_average_precision(std::span<const ImageBoxes> images, double min_iou) {
  return mean_over_classes(images, [&](const std::vector<ImageBoxes>& subset) {
    return average_precision(subset, min_iou);
  });
}

bool is_right(const ImageBoxes& image, const Match& match) {
  const edge::Box& truth = image.truths[static_cast<size_t>(match.truth)];
  const edge::Box& box = image.predictions[static_cast<size_t>(match.prediction)].box;
  return match.edge_error < Localisation::kLimit || edge::iou(truth, box) >= .5f;
}

double box_f1(std::span<const ImageBoxes> images) {
  size_t right = 0, all = 0;
  for (const ImageBoxes& image : images) {
    all += image.truths.size() + image.predictions.size();
    for (const Match& match : match_boxes(image)) {
      right += is_right(image, match);
    }
  }
  return all > 0 ? 2. * static_cast<double>(right) / static_cast<double>(all) : 0;
}

edge::Box centre_box(int width, int height, double relative_width, double relative_height) {
  const double w = width * relative_width, h = height * relative_height;
  return {static_cast<float>((width - w) / 2), static_cast<float>((height - h) / 2),
          static_cast<float>((width + w) / 2), static_cast<float>((height + h) / 2)};
}

}  // namespace paucal::metrics
