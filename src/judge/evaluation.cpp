#include "judge/evaluation.h"

#include <cmath>

#include "base/error.h"
#include "base/host/progress.h"
#include "judge/predict.h"
#include "judge/truth_boxes.h"
#include "metrics/bootstrap.h"
#include "metrics/box_accuracy.h"
#include "metrics/localisation.h"
#include "metrics/metrics.h"
#include "metrics/operating_point.h"
#include "metrics/pixel_metrics.h"
#include "quality/intervals.h"

namespace paucal::judge {
namespace {

constexpr double kEscapeAsked = .05;

Json interval(const quality::Interval& i) {
  return {i.low, i.high};
}

std::vector<double> box_thresholds() {
  std::vector<double> thresholds;
  for (int i = 1; i <= 30; ++i) thresholds.push_back(.04 * i);
  return thresholds;
}

class Evaluation {
 public:
  Evaluation(const TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
             int64_t max_pixels)
      : model_(model),
        dataset_(dataset),
        cache_(cache),
        truth_(dataset, cache, max_pixels, model.min_area),
        test_boxes_(box_thresholds()),
        val_boxes_(box_thresholds()) {}

  Json figures() {
    const auto val = dataset_.indices(data::Split::kVal);
    const auto test = dataset_.indices(data::Split::kTest);
    if (test.empty()) fail("eval", "0 test images, expected at least 1; raise data.test");
    centre_size_ = truth_.mean_size(dataset_.indices(data::Split::kTrain));
    Progress progress("eval", static_cast<int64_t>(val.size() + test.size()));
    // Validation boxes freeze the threshold of MaxBoxAccV2; nothing else of theirs is used.
    for (const int record : val) {
      if (!truth_.boxes(record).empty()) add_boxes(record, raw(record), val_boxes_);
      progress.advance();
    }
    for (const int record : test) {
      add(record);
      progress.advance();
    }
    Json figures = {{"image", image_figures()}};
    if (has_truth_) figures["localisation"] = localisation_figures();
    figures["by_class"] = class_figures();
    figures["confusion"] = confusion();
    return figures;
  }

 private:
  const data::Record& record(int index) const {
    return dataset_.records[static_cast<size_t>(index)];
  }
  bool inspecting() const { return model_.task == Task::kInspection; }
  RawPrediction raw(int index) { return predict_fitted(model_, *cache_.get(index)); }

  void add_boxes(int index, const RawPrediction& raw, metrics::MaxBoxAcc& accuracy) const {
    const size_t channel = inspecting() ? 0 : static_cast<size_t>(record(index).label);
    if (model_.detector) {
      // Any of a hundred boxes would nearly always do: of a head the best one alone counts.
      std::vector<edge::Box> best;
      for (const auto& found : raw.boxes)
        if (best.empty() && found.label == static_cast<int>(channel)) best.push_back(found.box);
      accuracy.add(truth_.boxes(index),
                   std::vector<std::vector<edge::Box>>(accuracy.thresholds().size(), best));
      return;
    }
    const edge::Map heat = heat_of_channel(model_, raw, channel);
    const double shrink = model_.calibration.box_shrink;
    std::vector<std::vector<edge::Box>> boxes;
    for (const double threshold : accuracy.thresholds()) {
      auto& at = boxes.emplace_back();
      for (const auto& found :
           boxes_at(model_, heat, raw.geometry, {.heat = threshold, .shrink = shrink}, 1))
        at.push_back(found.box);
    }
    accuracy.add(truth_.boxes(index), boxes);
  }

  void add(int index) {
    const data::Record& r = record(index);
    const RawPrediction raw_prediction = raw(index);
    const Prediction p = interpret(model_, raw_prediction);
    labels_.push_back(r.label);
    predicted_.push_back(p.label);
    ng_.push_back(inspecting() && !dataset_.is_ok(r));
    called_ng_.push_back(p.ng);
    probabilities_.push_back(p.probability);
    groups_.push_back(
        groups_seen_.try_emplace(r.group.empty() ? r.path : r.group, groups_seen_.size())
            .first->second);
    if (!r.has_truth) return;
    has_truth_ = true;
    const auto truths = truth_.boxes(index);
    // A defect image with an empty mask has a defect that nobody drew: it would count as OK.
    if (!truths.empty() || !ng_.back()) {
      boxes_.push_back({truths, p.boxes});
      // Average precision asks for all boxes, whatever their score.
      ranked_.push_back(model_.detector ? ranked(r, truths, raw_prediction.boxes) : boxes_.back());
    }
    if (!truths.empty()) {
      add_boxes(index, raw_prediction, test_boxes_);
      if (centre_size_) centre(p.geometry, truths);
    }
    if (truths.empty() && ng_.back()) return;
    const auto mask = truth_.mask(index);
    if (!mask) return;
    edge::Map heat = heat_at_original(p);
    // The figures need the order of places alone; a logistic keeps it, and is bounded.
    for (float& value : heat.values) value = 1 / (1 + std::exp(-2 * (value - .5f)));
    const bool defect = std::ranges::any_of(mask->pixels, [](uint8_t v) { return v > 127; });
    pixels_.add(heat, *mask, defect ? r.class_name : "");
  }

  // A detector that classifies is asked for the class of each box, too.
  metrics::ImageBoxes ranked(const data::Record& r, const std::vector<edge::Box>& truths,
                             const std::vector<edge::ScoredBox>& boxes) const {
    metrics::ImageBoxes image{truths, boxes};
    if (inspecting() || r.instances.size() != truths.size()) return image;
    for (const auto& instance : r.instances)
      image.truth_labels.push_back(static_cast<int>(
          std::ranges::find(model_.classes, instance.class_name) - model_.classes.begin()));
    return image;
  }

  void centre(const edge::Geometry& g, const std::vector<edge::Box>& truths) {
    const edge::Box box = metrics::centre_box(g.original_width(), g.original_height(),
                                              centre_size_->first, centre_size_->second);
    centre_boxes_.add(truths, std::vector<std::vector<edge::Box>>{{box}});
  }

  Json image_figures() const {
    const auto n = static_cast<int64_t>(labels_.size());
    if (!inspecting()) {
      int64_t right = 0;
      std::vector<uint8_t> correct;
      for (size_t i = 0; i < labels_.size(); ++i) {
        correct.push_back(labels_[i] == predicted_[i]);
        right += correct.back();
      }
      return {{"accuracy", static_cast<double>(right) / static_cast<double>(n)},
              {"accuracy_interval", interval(quality::wilson(right, n))},
              {"ece", metrics::ece(probabilities_, correct)},
              {"images", n}};
    }
    const auto point = metrics::operating_point(probabilities_, ng_, model_.calibration.threshold);
    const int64_t wrong = point.overkills + point.escapes;
    Json json = {
        {"accuracy", point.accuracy()},
        {"accuracy_interval", interval(quality::wilson(n - wrong, n))},
        {"best_accuracy_on_test", metrics::best_accuracy_threshold(probabilities_, ng_).accuracy()},
        {"auroc", metrics::auroc(probabilities_, ng_)},
        {"auroc_interval", interval(metrics::bootstrap_auroc(probabilities_, ng_, groups_))},
        {"average_precision", metrics::average_precision(probabilities_, ng_)},
        {"threshold", point.threshold},
        {"threshold_rule", model_.calibration.threshold_rule},
        {"overkill", point.overkill()},
        {"overkill_interval", interval(quality::clopper_pearson(point.overkills, point.ok))},
        {"escape", point.escape()},
        {"escape_interval", interval(quality::clopper_pearson(point.escapes, point.ng))},
        {"ece", metrics::binary_ece(probabilities_, ng_)},
        {"images", n},
        {"ok_images", point.ok},
        {"ng_images", point.ng}};
    if (point.ng > 0 && point.ok > 0) {
      const auto chosen = metrics::choose_threshold(probabilities_, ng_,
                                                    {metrics::Limit::Of::kEscape, kEscapeAsked});
      json["overkill_at_5_percent_escape_on_test"] = chosen.point.overkill();
    }
    return json;
  }

  Json localisation_figures() const {
    const metrics::Localisation found = metrics::localisation(boxes_);
    Json json = found.to_json();
    const auto accuracy = test_boxes_.result(
        val_boxes_.result().images > 0 ? std::optional(val_boxes_.best_threshold()) : std::nullopt);
    const Json box = accuracy.to_json();
    json["max_box_acc_v2"] = accuracy.frozen ? Json(*accuracy.frozen) : Json();
    json["max_box_acc_v2_oracle"] = accuracy.oracle;
    json["max_box_acc_v2_details"] = box;
    if (centre_size_) json["max_box_acc_v2_centre_box"] = centre_boxes_.result(0).oracle;
    json["map_at_50"] = metrics::mean_average_precision(ranked_);
    const Json pixels = pixels_.to_json();
    json["px_ap"] = pixels_.overall().regions() > 0 ? pixels["px_ap"] : Json();
    json["pixels"] = pixels;
    json["box_rule"] = model_.calibration.box_rule;
    json["edge_errors"] = found.edge_errors;
    return json;
  }

  // Each defect class against all OK images; or each class by its own accuracy.
  Json class_figures() const {
    Json json = Json::object();
    for (size_t label = 0; label < model_.classes.size(); ++label) {
      int64_t images = 0, right = 0;
      std::vector<double> scores;
      std::vector<uint8_t> positive;
      for (size_t i = 0; i < labels_.size(); ++i) {
        const bool own = labels_[i] == static_cast<int>(label);
        images += own;
        if (inspecting()) {
          right += own && static_cast<bool>(called_ng_[i]) == static_cast<bool>(ng_[i]);
          if (!own && ng_[i]) continue;
          scores.push_back(probabilities_[i]);
          positive.push_back(own && ng_[i]);
        } else {
          right += own && predicted_[i] == labels_[i];
        }
      }
      Json& row = json[model_.classes[label]];
      row = {{"images", images}, {"right", right}};
      if (images > 0) row["right_share"] = static_cast<double>(right) / static_cast<double>(images);
      if (inspecting() && !model_.class_is_ok[label])
        row["auroc"] = metrics::auroc(scores, positive);
      const auto pixels = pixels_.classes().find(model_.classes[label]);
      if (pixels != pixels_.classes().end()) {
        row["px_ap"] = pixels->second.average_precision();
        row["px_base_rate"] = pixels->second.base_rate();
      }
    }
    return json;
  }

  Json confusion() const {
    std::vector<std::string> called = model_.classes;
    if (inspecting()) called = {"OK", "NG"};
    std::vector<std::vector<int64_t>> counts(model_.classes.size(),
                                             std::vector<int64_t>(called.size()));
    for (size_t i = 0; i < labels_.size(); ++i)
      ++counts[static_cast<size_t>(labels_[i])]
              [static_cast<size_t>(inspecting() ? called_ng_[i] : predicted_[i])];
    return {{"truth", model_.classes}, {"called", called}, {"counts", counts}};
  }

  const TrainedModel& model_;
  const data::Dataset& dataset_;
  data::ImageCache& cache_;
  TruthBoxes truth_;
  metrics::MaxBoxAcc test_boxes_, val_boxes_;
  metrics::MaxBoxAcc centre_boxes_{{.5}};
  std::optional<std::pair<double, double>> centre_size_;
  std::vector<int> labels_, predicted_, groups_;
  std::map<std::string, int> groups_seen_;
  std::vector<uint8_t> ng_, called_ng_;
  std::vector<double> probabilities_;
  bool has_truth_ = false;
  std::vector<metrics::ImageBoxes> boxes_, ranked_;
  metrics::PixelMetrics pixels_;
};

}  // namespace

Json evaluate(const TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
              int64_t max_pixels) {
  return Evaluation(model, dataset, cache, max_pixels).figures();
}

}  // namespace paucal::judge
