#include "judge/calibrate.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "base/error.h"
#include "base/host/log.h"
#include "base/host/progress.h"
#include "data/feed/tight_box.h"
#include "data/feed/window.h"
#include "edge/post/boxes.h"
#include "judge/box_calibration.h"
#include "judge/truth_boxes.h"
#include "metrics/calibration.h"
#include "metrics/operating_point.h"

namespace paucal::judge {
namespace {

constexpr uint64_t kPasteStream = 0x63616c62;  // "calb"
constexpr size_t kPastedImages = 96;

// What pasted defects, labels and contrast say of boxes counts as much as so many boxed images:
// five alone choose worse than none.
constexpr double kPrior = 10;

// The value below which a share of `values` lies.
double quantile(std::vector<float> values, double share) {
  if (values.empty()) return NAN;
  const auto at = static_cast<size_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

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
std::vector<KnownImage> given_images(const TrainedModel& model, const data::Dataset& dataset,
                                     const std::vector<int>& records,
                                     const std::vector<RawPrediction>& raw) {
  std::vector<KnownImage> images;
  for (size_t i = 0; i < records.size(); ++i) {
    const data::Record& record = dataset.records[static_cast<size_t>(records[i])];
    if (record.split != data::Split::kVal || record.supervision != data::Supervision::kBoxes)
      continue;
    std::vector<edge::Box> truths;
    for (const auto& instance : record.given) truths.push_back(instance.box);
    images.push_back(known_image(model, raw[i], channel_of(model, record), std::move(truths)));
  }
  return images;
}

class Calibrator {
 public:
  Calibrator(TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
             const CalibrateSettings& settings)
      : model_(model), dataset_(dataset), cache_(cache), settings_(settings) {
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
    c.ng = metrics::fit_platt(scores, ng);
    if (c.ng.a <= 0) {  // worse than chance: keep the order of scores all the same
      warn("the validation images rank no better than chance");
      c.ng = {};
    }
    std::vector<double> probabilities;
    for (const double score : scores) probabilities.push_back(c.ng(score));
    const LocateOptions& options = settings_.locate;
    if (options.limit == "accuracy") {
      c.threshold = metrics::best_accuracy_threshold(probabilities, ng).threshold;
      c.threshold_rule = fmt::format("highest accuracy on {} held-out images", ng.size());
    } else {
      const bool escape = options.limit == "escape";
      const auto chosen = metrics::choose_threshold(
          probabilities, ng,
          {escape ? metrics::Limit::Of::kEscape : metrics::Limit::Of::kOverkill,
           options.limit_share});
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
        metrics::fit_temperature(logits, static_cast<int>(model_.classes.size()), truth);
  }

  void choose_boxes() {
    std::vector<KnownImage> known = given_images(model_, dataset_, records_, raw_);
    if (known.empty() && settings_.locate.calibration_boxes > 0) known = boxed_images();
    if (model_.detector)
      choose_score(known);
    else
      choose_rule(known);
    if (settings_.locate.box_heat > 0 && !model_.detector) {
      model_.calibration.box_heat = model_.calibration.box_peak = settings_.locate.box_heat;
      model_.calibration.box_rule = "given by the recipe";
    }
  }

  static std::string boxed_rule(size_t boxed) {
    return fmt::format("best boxes on {} boxed held-out images", boxed);
  }
  static std::string pasted_rule(size_t pasted) {
    return fmt::format("best boxes on {} held-out OK images with pasted defects", pasted);
  }

  // A box head: its scores of real boxes tell more than those of pasted ones, however few.
  void choose_score(std::vector<KnownImage> known) {
    Calibration& c = model_.calibration;
    c.box_rule = boxed_rule(known.size());
    if (known.empty() && model_.task == Task::kInspection) {
      known = pasted_images();
      c.box_rule = pasted_rule(known.size()) + "; no boxes by people were used";
    }
    if (known.empty())
      c.box_rule = "no boxes were used";
    else
      model_.detector->score = best_score(known).score;
  }

  // The class map: pasted defects, what the labels of real images say, contrast around their
  // defects, and boxes by people, as many as there are.
  void choose_rule(const std::vector<KnownImage>& boxed) {
    Calibration& c = model_.calibration;
    std::vector<KnownImage> known;
    if (model_.task == Task::kInspection) known = pasted_images();
    const size_t pasted = known.size();
    if (pasted > 0) std::ranges::move(labelled_images(), std::back_inserter(known));
    if (!boxed.empty())
      for (KnownImage& image : known) image.weight = kPrior / static_cast<double>(known.size());
    known.insert(known.end(), boxed.begin(), boxed.end());
    if (known.empty()) {
      c.box_rule = "half way between background and peak; no boxes were used";
    } else if (pasted == 0) {
      c.box_rule = boxed_rule(boxed.size());
    } else {
      c.box_rule = pasted_rule(pasted);
      c.box_rule += boxed.empty() ? "; no boxes by people were used"
                                  : fmt::format(" and {} boxed ones", boxed.size());
    }
    edge::BoxRule rule = best_rule(model_, known).rule;
    if (pasted > 0) fit_sides(rule, boxed);
    c.box_heat = rule.heat;
    c.box_peak = rule.peak;
    c.box_join = rule.join;
    c.box_shrink = rule.shrink;
  }

  // Of the held-out images with truth, as many as the recipe allows.
  std::vector<KnownImage> boxed_images() const {
    const TruthBoxes truth(dataset_, cache_, settings_.max_pixels, settings_.locate.min_area);
    std::vector<std::pair<size_t, std::vector<edge::Box>>> boxed;
    for (size_t i = 0; i < records_.size(); ++i)
      if (auto boxes = truth.boxes(records_[i]); !boxes.empty())
        boxed.emplace_back(i, std::move(boxes));
    const auto asked = static_cast<size_t>(settings_.locate.calibration_boxes);
    if (boxed.size() < asked)
      log::warn("calibrate: locate.calibration_boxes={}, and {} held-out images have true boxes",
                asked, boxed.size());
    Random(settings_.seed, kPasteStream).shuffle(boxed);
    boxed.resize(std::min(boxed.size(), asked));
    std::vector<KnownImage> images;
    for (auto& [i, truths] : boxed)
      images.push_back(
          known_image(model_, raw_[i], channel_of(model_, record(i)), std::move(truths)));
    return images;
  }

  // Held-out images as they are, of which boxes would be shown: in NG ones there is a defect, in OK
  // ones none. Real defects are fainter on the map than pasted ones, and dust is no defect.
  std::vector<KnownImage> labelled_images() const {
    std::vector<KnownImage> images;
    for (size_t i = 0; i < records_.size(); ++i) {
      if (model_.calibration.ng(raw_[i].scores[0]) < model_.calibration.threshold) continue;
      images.push_back(known_image(model_, raw_[i], 0, {}));
      images.back().somewhere = is_ng(i);
    }
    return images;
  }

  // The image, or a tile of it where it is seen in tiles.
  edge::Fitted drawn_part(int record, Random& random) const {
    const auto fitted = cache_.get(record);
    return edge::cut_out(*fitted, data::draw_window(fitted->image, model_.input, {}, random));
  }

  // Held-out OK images with pasted defects: truth that costs nobody any time.
  std::vector<KnownImage> pasted_images() const {
    std::vector<KnownImage> images;
    std::vector<int> ok;
    for (size_t i = 0; i < records_.size(); ++i)
      if (!is_ng(i)) ok.push_back(records_[i]);
    for (size_t i = 0; !ok.empty() && i < kPastedImages; ++i) {
      Random random(settings_.seed, kPasteStream, i);
      edge::Fitted fitted = drawn_part(ok[i % ok.size()], random);
      const int donor = ok[static_cast<size_t>(random.below(static_cast<int64_t>(ok.size())))];
      const data::Pasted pasted = data::paste_defect(fitted.image, drawn_part(donor, random).image,
                                                     settings_.paste, random);
      edge::Map mask(fitted.image.width, fitted.image.height);
      std::ranges::copy(pasted.mask, mask.values.begin());
      fitted.image = pasted.image;
      std::vector<edge::Box> truths;
      for (const auto& component : edge::find_components(mask, .5f, .5f))
        if (component.area >= model_.min_area)
          truths.push_back(fitted.geometry.to_original(component.box));
      if (!truths.empty())
        images.push_back(known_image(model_, predict_fitted(model_, fitted), 0, std::move(truths)));
    }
    return images;
  }

  // Around real defects the map reaches farther than around pasted ones, whose every pixel it was
  // taught. By how much, the picture tells, and so do boxes that people drew.
  void fit_sides(edge::BoxRule& rule, const std::vector<KnownImage>& boxed) {
    double& shrink = rule.shrink;
    if (const auto contrast = excess_by_contrast(rule)) shrink = *contrast;
    const auto drawn = typical_excess(model_, boxed, rule);
    shrink = (kPrior * shrink + drawn.boxes * drawn.cells) / (kPrior + drawn.boxes);
  }

  // The picture does not tell for each box, but for many. What stands out misses faint ends, so it
  // is not the median that is right, but a little less.
  std::optional<double> excess_by_contrast(const edge::BoxRule& rule) {
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
    if (excess.size() < kEnough) return std::nullopt;
    model_.calibration.box_rule +=
        fmt::format("; sides by contrast around {} defects of held-out images", excess.size() / 4);
    return std::max(0., quantile(std::move(excess), kTypical));
  }

  TrainedModel& model_;
  const data::Dataset& dataset_;
  data::ImageCache& cache_;
  const CalibrateSettings& settings_;
  std::vector<int> records_;
  std::vector<RawPrediction> raw_;
  std::string warning_;
};

}  // namespace

void calibrate(TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
               const CalibrateSettings& settings) {
  Calibrator(model, dataset, cache, settings).run();
}

double box_quality(const TrainedModel& given, const data::Dataset& dataset,
                   const std::vector<RawPrediction>& raw) {
  TrainedModel model = given;
  const std::vector<int> records = dataset.indices(data::Split::kVal);
  model.calibration = {};
  scale_heat(model, dataset, records, raw);
  const std::vector<KnownImage> known = given_images(model, dataset, records, raw);
  return model.detector ? best_score(known).f1 : best_rule(model, known).f1;
}

}  // namespace paucal::judge
