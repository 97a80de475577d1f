#include "pipeline/calibrate.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "edge/post/boxes.h"
#include "train/operating_point.h"
#include "weak/box_accuracy.h"

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

class Calibrator {
 public:
  Calibrator(TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
             const Recipe& recipe)
      : model_(model), dataset_(dataset), cache_(cache), recipe_(recipe) {
    records_ = dataset.indices(data::Split::kVal);
    if (records_.empty()) {
      records_ = dataset.indices(data::Split::kTrain);
      warn("there are no validation images, so thresholds come from the training images and are "
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
    scale_heat();
    choose_box_heat();
    c.warning = warning_;
    if (!warning_.empty()) log::warn("calibrate: {}", warning_);
  }

 private:
  void warn(const std::string& sentence) {
    warning_ += (warning_.empty() ? "" : "; ") + sentence;
  }

  bool is_ng(size_t i) const {
    return !dataset_.is_ok(dataset_.records[static_cast<size_t>(records_[i])]);
  }
  int label(size_t i) const { return dataset_.records[static_cast<size_t>(records_[i])].label; }

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
      c.threshold_rule =
          fmt::format("at most {:.3g} % {} on {} held-out images", 100 * options.limit_share,
                      options.limit, ng.size());
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

  // Heat 0 is what nearly all places without a defect stay below, heat 1 what the map of a typical
  // defect reaches.
  void scale_heat() {
    Calibration& c = model_.calibration;
    std::vector<float> background, peaks;
    for (size_t i = 0; i < raw_.size(); ++i) {
      const size_t channel = model_.task == Task::kInspection ? 0 : static_cast<size_t>(label(i));
      const auto& values = raw_[i].maps[channel].values;
      const bool defect = model_.task == Task::kClassification || is_ng(i);
      if (defect) peaks.push_back(*std::ranges::max_element(values));
      // Of a classifier without OK images the background is the lower half of its own maps.
      if (!defect || model_.task == Task::kClassification)
        background.insert(background.end(), values.begin(), values.end());
    }
    c.heat_low = background.empty() ? -2 : quantile(background, model_.task == Task::kInspection ? .95 : .2);
    c.heat_high = peaks.empty() ? c.heat_low + 4 : quantile(peaks, .5);
    c.heat_high = std::max(c.heat_high, c.heat_low + 1e-3 * (1 + std::abs(c.heat_low)));
  }

  void choose_box_heat() {
    Calibration& c = model_.calibration;
    std::vector<double> candidates;
    for (int i = 1; i <= 30; ++i) candidates.push_back(.04 * i);
    weak::MaxBoxAcc accuracy(candidates);
    int images = 0;
    if (recipe_.locate.box_heat > 0) {
      c.box_heat = recipe_.locate.box_heat;
      c.box_rule = "given by the recipe";
      return;
    }
    if (recipe_.locate.calibration_boxes > 0) images = learn_from_boxes(accuracy);
    c.box_rule = fmt::format("best box accuracy on {} boxed held-out images", images);
    if (images == 0 && model_.task == Task::kInspection) {
      images = learn_from_pasted(accuracy);
      c.box_rule = fmt::format("best box accuracy on {} held-out OK images with pasted defects; no "
                               "boxes by people were used", images);
    }
    if (images == 0) {
      c.box_heat = .5;
      c.box_rule = "half way between background and peak; no boxes were used";
      return;
    }
    c.box_heat = candidates[accuracy.best_threshold()];
  }

  void learn(weak::MaxBoxAcc& accuracy, const RawPrediction& raw, size_t channel,
             const std::vector<edge::Box>& truths) const {
    const edge::Map heat = heat_of_channel(model_, raw, channel);
    std::vector<std::vector<edge::Box>> boxes;
    for (const double threshold : accuracy.thresholds()) {
      auto& at = boxes.emplace_back();
      for (const auto& found : boxes_at(model_, heat, raw.geometry, threshold, 1))
        at.push_back(found.box);
    }
    accuracy.add(truths, boxes);
  }

  int learn_from_boxes(weak::MaxBoxAcc& accuracy) const {
    std::vector<size_t> boxed;
    for (size_t i = 0; i < records_.size(); ++i)
      if (!dataset_.records[static_cast<size_t>(records_[i])].instances.empty()) boxed.push_back(i);
    Random(recipe_.train.seed, kPasteStream).shuffle(boxed);
    boxed.resize(std::min(boxed.size(), static_cast<size_t>(recipe_.locate.calibration_boxes)));
    for (const size_t i : boxed) {
      std::vector<edge::Box> truths;
      for (const auto& instance : dataset_.records[static_cast<size_t>(records_[i])].instances)
        truths.push_back(instance.box);
      learn(accuracy, raw_[i], model_.task == Task::kInspection ? 0 : static_cast<size_t>(label(i)),
            truths);
    }
    return static_cast<int>(boxed.size());
  }

  // Held-out OK images with pasted defects: truth that costs nobody any time.
  int learn_from_pasted(weak::MaxBoxAcc& accuracy) const {
    std::vector<int> ok;
    for (size_t i = 0; i < records_.size(); ++i)
      if (!is_ng(i)) ok.push_back(records_[i]);
    int used = 0;
    for (size_t i = 0; !ok.empty() && i < kPastedImages; ++i) {
      Random random(recipe_.train.seed, kPasteStream, i);
      edge::Fitted fitted = *cache_.get(ok[i % ok.size()]);
      const int donor = ok[static_cast<size_t>(random.below(static_cast<int64_t>(ok.size())))];
      const data::Pasted pasted = data::paste_defect(fitted.image, cache_.get(donor)->image,
                                                     recipe_.view.paste, random);
      edge::Map mask(fitted.image.width, fitted.image.height);
      std::ranges::copy(pasted.mask, mask.values.begin());
      fitted.image = pasted.image;
      std::vector<edge::Box> truths;
      for (const auto& component : edge::find_components(mask, .5f, .5f))
        if (component.area >= model_.min_area)
          truths.push_back(fitted.geometry.to_original(component.box));
      if (truths.empty()) continue;
      learn(accuracy, predict_fitted(model_, fitted), 0, truths);
      ++used;
    }
    return used;
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

}  // namespace paucal::pipeline
