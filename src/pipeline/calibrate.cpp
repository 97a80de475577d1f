#include "pipeline/calibrate.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "data/tight_box.h"
#include "edge/post/boxes.h"
#include "train/calibration.h"
#include "train/operating_point.h"
#include "weak/box_accuracy.h"
#include "weak/localisation.h"

namespace paucal::pipeline {
namespace {

constexpr uint64_t kPasteStream = 0x63616c62;  // "calb"
constexpr size_t kPastedImages = 96;

// The value below which a share of `values` lies.
double quantile(std::vector<float> values, double share) {
  if (values.empty()) return NAN;
  const auto at = static_cast<size_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

// A detector's boxes are there already; how probable one must be is what the same images tell.
class ScoreCalibration {
 public:
  void add(const RawPrediction& raw, const std::vector<edge::Box>& truths) {
    images_.push_back({truths, raw.boxes});
  }

  // The score with the best F1 of boxes, of equal ones the middle; and that F1.
  std::pair<double, double> best() const {
    constexpr int kSteps = 100;
    std::vector<int> best_steps;
    double best_f1 = -1;
    for (int i = 1; i < kSteps; ++i) {
      const double f1 = f1_at(static_cast<double>(i) / kSteps);
      if (f1 > best_f1) best_steps.clear();
      best_f1 = std::max(best_f1, f1);
      if (f1 == best_f1) best_steps.push_back(i);
    }
    return {static_cast<double>(best_steps[best_steps.size() / 2]) / kSteps, best_f1};
  }

 private:
  double f1_at(double score) const {
    std::vector<weak::ImageBoxes> shown;
    for (const auto& image : images_) {
      auto& pair = shown.emplace_back(weak::ImageBoxes{image.truths, {}});
      for (const auto& box : image.predictions)
        if (box.score >= score) pair.predictions.push_back(box);
    }
    return weak::box_f1(shown);
  }

  std::vector<weak::ImageBoxes> images_;
};

// Images whose boxes are known, and the rule that finds them best.
class BoxCalibration {
 public:
  explicit BoxCalibration(const TrainedModel& model) : model_(model) {}

  void add(const RawPrediction& raw, size_t channel, const std::vector<edge::Box>& truths) {
    images_.push_back({heat_of_channel(model_, raw, channel), raw.geometry, truths});
    scores_.add(raw, truths);
  }
  double best_score() const { return scores_.best().first; }
  // By the measure that a detector's score, or the map's threshold, is chosen by.
  double quality() const { return model_.detector ? scores_.best().second : score_of(best()); }
  size_t images() const { return images_.size(); }

  // A cell is a defect if any of its pixels is, and the map is smooth: regions come out too large
  // by an amount that the same boxes tell. A defect reaches as far as the map is faintly warm, but
  // must be hot somewhere: two thresholds, of which the pair with the best boxes; and then the gap
  // that does not end a defect.
  edge::BoxRule best() const {
    edge::BoxRule best;
    double best_score = 0;
    for (int i = 1; i <= 32 && !images_.empty(); ++i) {
      edge::BoxRule rule{.heat = .05 * i};
      rule.shrink = typical_excess(rule.heat);
      for (int above = 0; above <= 4; ++above) {
        rule.peak = rule.heat + .2 * above;
        const double score = score_of(rule);
        if (score <= best_score) continue;
        best = rule;
        best_score = score;
      }
    }
    for (const double join : {1, 2, 4, 8, 16}) {
      edge::BoxRule rule = best;
      rule.join = join;
      if (const double score = score_of(rule); score > best_score) {
        best = rule;
        best_score = score;
      }
    }
    return best;
  }

 private:
  struct Image {
    edge::Map heat;
    edge::Geometry geometry;
    std::vector<edge::Box> truths;
  };

  // Median of how far an edge lies outside the true one, in cells.
  double typical_excess(double heat) const {
    std::vector<float> excess;
    for (const Image& image : images_) {
      const weak::ImageBoxes pair{image.truths,
                                  boxes_at(model_, image.heat, image.geometry, {.heat = heat}, 1)};
      const auto cell = static_cast<float>(std::sqrt(image.geometry.area_scale()));
      for (const auto& match : weak::match_boxes(pair)) {
        const edge::Box& truth = pair.truths[static_cast<size_t>(match.truth)];
        const edge::Box& found = pair.predictions[static_cast<size_t>(match.prediction)].box;
        for (const float outside :
             {truth.x0 - found.x0, truth.y0 - found.y0, found.x1 - truth.x1, found.y1 - truth.y1})
          excess.push_back(outside / cell);
      }
    }
    return excess.empty() ? 0 : std::max(0., quantile(excess, .5));
  }

  // F1 of boxes that are right by degrees: IoU, and how far from twice the limit the edges are off,
  // half each. With a few boxes a count of right ones would jump from rule to rule.
  double score_of(const edge::BoxRule& rule) const {
    constexpr double kFar = 2 * weak::Localisation::kLimit;
    double right = 0, all = 0;
    for (const Image& image : images_) {
      const weak::ImageBoxes pair{image.truths,
                                  boxes_at(model_, image.heat, image.geometry, rule, 1)};
      all += static_cast<double>(pair.truths.size() + pair.predictions.size());
      for (const auto& match : weak::match_boxes(pair)) {
        const edge::Box& truth = pair.truths[static_cast<size_t>(match.truth)];
        const edge::Box& found = pair.predictions[static_cast<size_t>(match.prediction)].box;
        right += (edge::iou(truth, found) + std::max(0., 1 - match.edge_error / kFar)) / 2;
      }
    }
    return all > 0 ? 2 * right / all : 0;
  }

  const TrainedModel& model_;
  std::vector<Image> images_;
  ScoreCalibration scores_;
};

// The map that shows what the image's label names.
size_t channel_of(const TrainedModel& model, const data::Record& record) {
  return model.task == Task::kInspection ? 0 : static_cast<size_t>(record.label);
}

// Heat 0 is what nearly all places without a defect stay below, heat 1 what the map of a typical
// defect reaches.
void scale_heat(TrainedModel& model, const data::Dataset& dataset, const std::vector<int>& records,
                const std::vector<RawPrediction>& raw) {
  const bool inspection = model.task == Task::kInspection;
  std::vector<float> background, peaks;
  for (size_t i = 0; i < raw.size(); ++i) {
    const data::Record& record = dataset.records[static_cast<size_t>(records[i])];
    const auto& values = raw[i].maps[channel_of(model, record)].values;
    const bool defect = !inspection || !dataset.is_ok(record);
    if (defect) peaks.push_back(*std::ranges::max_element(values));
    // Of a classifier without OK images the background is the lower half of its own maps.
    if (!defect || !inspection) background.insert(background.end(), values.begin(), values.end());
  }
  Calibration& c = model.calibration;
  c.heat_low = background.empty() ? -2 : quantile(std::move(background), inspection ? .95 : .2);
  c.heat_high = peaks.empty() ? c.heat_low + 4 : quantile(std::move(peaks), .5);
  c.heat_high = std::max(c.heat_high, c.heat_low + 1e-3 * (1 + std::abs(c.heat_low)));
}

// Held-out images whose boxes people gave.
void add_given(BoxCalibration& boxes, const TrainedModel& model, const data::Dataset& dataset,
               const std::vector<int>& records, const std::vector<RawPrediction>& raw) {
  for (size_t i = 0; i < records.size(); ++i) {
    const data::Record& record = dataset.records[static_cast<size_t>(records[i])];
    if (record.split != data::Split::kVal || record.supervision != data::Supervision::kBoxes)
      continue;
    std::vector<edge::Box> truths;
    for (const auto& instance : record.given) truths.push_back(instance.box);
    boxes.add(raw[i], channel_of(model, record), truths);
  }
}

class Calibrator {
 public:
  Calibrator(TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
             const Recipe& recipe)
      : model_(model), dataset_(dataset), cache_(cache), recipe_(recipe) {
    records_ = dataset.indices(data::Split::kVal);
    if (records_.empty()) {
      records_ = dataset.indices(data::Split::kTrain);
      warn(
          "there are no validation images, so thresholds come from the training images and are "
          "too hopeful; raise data.val");
    }
  }

  void run() {
    Calibration& c = model_.calibration;
    c = {};
    Progress progress("calibrate", static_cast<int64_t>(records_.size()));
    for (const int record : records_) {
      raw_.push_back(predict_fitted(model_, *cache_.get(record)));
      progress.advance();
    }
    if (model_.task == Task::kInspection) {
      decide();
    } else {
      temper();
    }
    scale_heat(model_, dataset_, records_, raw_);
    choose_boxes();
    c.warning = warning_;
    if (!warning_.empty()) log::warn("calibrate: {}", warning_);
  }

 private:
  void warn(const std::string& sentence) { warning_ += (warning_.empty() ? "" : "; ") + sentence; }

  bool is_ng(size_t i) const { return !dataset_.is_ok(record(i)); }
  const data::Record& record(size_t i) const {
    return dataset_.records[static_cast<size_t>(records_[i])];
  }
  int label(size_t i) const { return record(i).label; }

  // Inspection: logit → probability of NG, and from which probability on to call it NG.
  void decide() {
    Calibration& c = model_.calibration;
    std::vector<double> scores;
    std::vector<uint8_t> ng;
    for (size_t i = 0; i < raw_.size(); ++i) {
      scores.push_back(raw_[i].scores[0]);
      ng.push_back(is_ng(i));
    }
    c.ng = train::fit_platt(scores, ng);
    if (c.ng.a <= 0) {  // worse than chance: keep the order of scores all the same
      warn("the validation images rank no better than chance");
      c.ng = {};
    }
    std::vector<double> probabilities;
    for (const double score : scores) probabilities.push_back(c.ng(score));
    const LocateOptions& options = recipe_.locate;
    if (options.limit == "accuracy") {
      c.threshold = train::best_accuracy_threshold(probabilities, ng).threshold;
      c.threshold_rule = fmt::format("highest accuracy on {} held-out images", ng.size());
    } else {
      const bool escape = options.limit == "escape";
      const auto chosen = train::choose_threshold(
          probabilities, ng,
          {escape ? train::Limit::Of::kEscape : train::Limit::Of::kOverkill, options.limit_share});
      c.threshold = chosen.point.threshold;
      c.threshold_rule = fmt::format("at most {:.3g} % {} on {} held-out images",
                                     100 * options.limit_share, options.limit, ng.size());
      if (!chosen.warning.empty()) warn(chosen.warning);
    }
  }

  void temper() {
    std::vector<double> logits;
    std::vector<int> truth;
    for (size_t i = 0; i < raw_.size(); ++i) {
      logits.insert(logits.end(), raw_[i].scores.begin(), raw_[i].scores.end());
      truth.push_back(label(i));
    }
    model_.calibration.temperature =
        train::fit_temperature(logits, static_cast<int>(model_.classes.size()), truth);
  }

  void choose_boxes() {
    Calibration& c = model_.calibration;
    BoxCalibration boxes(model_);
    add_given(boxes, model_, dataset_, records_, raw_);
    if (boxes.images() == 0 && recipe_.locate.calibration_boxes > 0) add_boxed(boxes);
    c.box_rule = fmt::format("best boxes on {} boxed held-out images", boxes.images());
    const bool pasted = boxes.images() == 0 && model_.task == Task::kInspection;
    if (pasted) {
      add_pasted(boxes);
      c.box_rule = fmt::format(
          "best boxes on {} held-out OK images with pasted defects; no boxes "
          "by people were used",
          boxes.images());
    }
    if (boxes.images() == 0)
      c.box_rule = "half way between background and peak; no boxes were used";
    edge::BoxRule rule = boxes.best();
    if (pasted && !model_.detector) fit_sides(rule);
    c.box_heat = rule.heat;
    c.box_peak = rule.peak;
    c.box_join = rule.join;
    c.box_shrink = rule.shrink;
    if (model_.detector && boxes.images() > 0) model_.detector->score = boxes.best_score();
    if (recipe_.locate.box_heat > 0) {
      c.box_heat = c.box_peak = recipe_.locate.box_heat;
      c.box_rule = "given by the recipe";
    }
  }

  void add_boxed(BoxCalibration& boxes) const {
    std::vector<size_t> boxed;
    for (size_t i = 0; i < records_.size(); ++i)
      if (!record(i).instances.empty()) boxed.push_back(i);
    Random(recipe_.train.seed, kPasteStream).shuffle(boxed);
    boxed.resize(std::min(boxed.size(), static_cast<size_t>(recipe_.locate.calibration_boxes)));
    for (const size_t i : boxed) {
      std::vector<edge::Box> truths;
      for (const auto& instance : record(i).instances) truths.push_back(instance.box);
      boxes.add(raw_[i], channel_of(model_, record(i)), truths);
    }
  }

  // Held-out OK images with pasted defects: truth that costs nobody any time.
  void add_pasted(BoxCalibration& boxes) const {
    std::vector<int> ok;
    for (size_t i = 0; i < records_.size(); ++i)
      if (!is_ng(i)) ok.push_back(records_[i]);
    for (size_t i = 0; !ok.empty() && i < kPastedImages; ++i) {
      Random random(recipe_.train.seed, kPasteStream, i);
      edge::Fitted fitted = *cache_.get(ok[i % ok.size()]);
      const int donor = ok[static_cast<size_t>(random.below(static_cast<int64_t>(ok.size())))];
      const data::Pasted pasted =
          data::paste_defect(fitted.image, cache_.get(donor)->image, recipe_.view.paste, random);
      edge::Map mask(fitted.image.width, fitted.image.height);
      std::ranges::copy(pasted.mask, mask.values.begin());
      fitted.image = pasted.image;
      std::vector<edge::Box> truths;
      for (const auto& component : edge::find_components(mask, .5f, .5f))
        if (component.area >= model_.min_area)
          truths.push_back(fitted.geometry.to_original(component.box));
      if (!truths.empty()) boxes.add(predict_fitted(model_, fitted), 0, truths);
    }
  }

  // Around real defects, which nobody drew, the map reaches farther than around pasted ones, whose
  // every pixel it was taught. By how much, the picture tells: not for each box, but for many. Its
  // boxes miss faint ends, so it is not the median that is right, but a little less.
  void fit_sides(edge::BoxRule& rule) const {
    constexpr double kTypical = 0.4;
    constexpr size_t kEnough = 40;  // sides: of ten boxes
    edge::BoxRule whole = rule;
    whole.shrink = 0;
    std::vector<float> excess;
    for (size_t i = 0; i < records_.size(); ++i) {
      if (!is_ng(i)) continue;
      const auto fitted = cache_.get(records_[i]);
      const edge::Map heat = heat_of_channel(model_, raw_[i], 0);
      const double cell = std::sqrt(raw_[i].geometry.area_scale() / fitted->geometry.area_scale());
      for (const auto& found : boxes_at(model_, heat, raw_[i].geometry, whole, 1)) {
        const edge::Box box = fitted->geometry.to_network(found.box);
        const auto tight = data::tight_box(fitted->image, box);
        if (!tight) continue;
        for (const float outside :
             {tight->x0 - box.x0, tight->y0 - box.y0, box.x1 - tight->x1, box.y1 - tight->y1})
          excess.push_back(outside / static_cast<float>(cell));
      }
    }
    if (excess.size() < kEnough) return;
    model_.calibration.box_rule +=
        fmt::format("; sides by contrast around {} defects of held-out images", excess.size() / 4);
    rule.shrink = std::max(0., quantile(std::move(excess), kTypical));
  }

  TrainedModel& model_;
  const data::Dataset& dataset_;
  data::ImageCache& cache_;
  const Recipe& recipe_;
  std::vector<int> records_;
  std::vector<RawPrediction> raw_;
  std::string warning_;
};

}  // namespace

void calibrate(TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
               const Recipe& recipe) {
  Calibrator(model, dataset, cache, recipe).run();
}

double box_quality(const TrainedModel& given, const data::Dataset& dataset,
                   const std::vector<RawPrediction>& raw) {
  TrainedModel model = given;
  const std::vector<int> records = dataset.indices(data::Split::kVal);
  model.calibration = {};
  scale_heat(model, dataset, records, raw);
  BoxCalibration boxes(model);
  add_given(boxes, model, dataset, records, raw);
  return boxes.quality();
}

}  // namespace paucal::pipeline
