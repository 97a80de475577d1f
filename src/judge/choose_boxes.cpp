#include "judge/choose_boxes.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "base/error.h"
#include "data/feed/tight_box.h"
#include "edge/post/boxes.h"
#include "judge/task.h"
#include "metrics/share.h"

namespace paucal::judge {
namespace {

// What pasted defects, labels and contrast say of boxes counts as much as so many boxed images:
// five alone choose worse than none.
constexpr double kPrior = 10;

std::string boxed_rule(size_t boxed) {
  return fmt::format("best boxes on {} boxed held-out images", boxed);
}

std::string pasted_rule(size_t pasted) {
  return fmt::format("best boxes on {} held-out OK images with pasted defects", pasted);
}

// A box head: its scores of real boxes tell more than those of pasted ones, however few.
void choose_score(edge::ModelCard& card, std::vector<KnownImage> known, const HeldOut& held,
                  const RawOfImage& look, const CalibrateSettings& settings) {
  std::string& rule = card.calibration.box_rule;
  rule = boxed_rule(known.size());
  if (known.empty() && task_of(card).finds_defects) {
    known = pasted_images(card, held, look, settings.paste, settings.seed);
    rule = pasted_rule(known.size()) + "; no boxes by people were used";
  }
  if (known.empty())
    rule = "no boxes were used";
  else
    card.detector->score = best_score(known).score;
}

std::string rule_text(size_t pasted, size_t boxed) {
  if (pasted + boxed == 0) return "half way between background and peak; no boxes were used";
  if (pasted == 0) return boxed_rule(boxed);
  return pasted_rule(pasted) +
         (boxed == 0 ? "; no boxes by people were used" : fmt::format(" and {} boxed ones", boxed));
}

// How far the sides of boxes lie outside what stands out in the picture, in map cells. The picture
// does not tell for each box, but for many. What stands out misses faint ends, so it is not the
// median that is right, but a little less.
struct ContrastExcess {
  double cells = 0;
  size_t defects = 0;
};
std::optional<ContrastExcess> excess_by_contrast(const edge::ModelCard& card, const HeldOut& held,
                                                 const edge::BoxRule& rule) {
  constexpr double kTypical = 0.4;
  constexpr size_t kEnough = 40;  // sides: of ten boxes
  edge::BoxRule whole = rule;
  whole.shrink = 0;
  std::vector<float> excess;
  for (size_t i = 0; i < held.records.size(); ++i) {
    if (!held.is_ng(i)) continue;
    const RawPrediction& raw = held.raw[i];
    const auto fitted = held.cache.get(held.records[i]);
    const edge::Map heat = heat_of_channel(card, raw, 0);
    const double cell = std::sqrt(raw.geometry.area_scale() / fitted->geometry.area_scale());
    for (const auto& found : boxes_at(card, heat, raw.geometry, whole, 1)) {
      const edge::Box box = fitted->geometry.to_network(found.box);
      const auto tight = data::tight_box(fitted->image, box);
      if (!tight) continue;
      for (const float outside :
           {tight->x0 - box.x0, tight->y0 - box.y0, box.x1 - tight->x1, box.y1 - tight->y1})
        excess.push_back(outside / static_cast<float>(cell));
    }
  }
  if (excess.size() < kEnough) return std::nullopt;
  const size_t defects = excess.size() / 4;
  return ContrastExcess{std::max(0., metrics::lower_quantile(std::move(excess), kTypical)),
                        defects};
}

// Around real defects the map reaches farther than around pasted ones, whose every pixel it was
// taught. By how much, the picture tells, and so do boxes that people drew.
double fitted_shrink(edge::ModelCard& card, const HeldOut& held, const edge::BoxRule& rule,
                     const std::vector<KnownImage>& boxed) {
  double shrink = rule.shrink;
  if (const auto contrast = excess_by_contrast(card, held, rule)) {
    shrink = contrast->cells;
    card.calibration.box_rule +=
        fmt::format("; sides by contrast around {} defects of held-out images", contrast->defects);
  }
  const auto drawn = typical_excess(card, boxed, rule);
  return (kPrior * shrink + drawn.boxes * drawn.cells) / (kPrior + drawn.boxes);
}

// The class map: pasted defects, what the labels of real images say, contrast around their
// defects, and boxes by people, as many as there are.
void choose_rule(edge::ModelCard& card, const std::vector<KnownImage>& boxed, const HeldOut& held,
                 const RawOfImage& look, const CalibrateSettings& settings) {
  std::vector<KnownImage> known;
  if (task_of(card).finds_defects)
    known = pasted_images(card, held, look, settings.paste, settings.seed);
  const size_t pasted = known.size();
  if (pasted > 0) std::ranges::move(labelled_images(card, held), std::back_inserter(known));
  if (!boxed.empty())
    for (KnownImage& image : known) image.weight = kPrior / static_cast<double>(known.size());
  known.insert(known.end(), boxed.begin(), boxed.end());
  edge::Calibration& c = card.calibration;
  c.box_rule = rule_text(pasted, boxed.size());
  edge::BoxRule rule = best_rule(card, known).rule;
  if (pasted > 0) rule.shrink = fitted_shrink(card, held, rule, boxed);
  c.box_heat = rule.heat;
  c.box_peak = rule.peak;
  c.box_join = rule.join;
  c.box_shrink = rule.shrink;
}

}  // namespace

void choose_boxes(edge::ModelCard& card, const HeldOut& held, const data::Truth& truth,
                  const RawOfImage& look, const CalibrateSettings& settings) {
  const LocateOptions& options = settings.locate;
  std::vector<KnownImage> known = given_images(card, held);
  if (known.empty() && options.calibration_boxes > 0)
    known = boxed_images(card, held, truth,
                         {options.calibration_boxes, settings.max_pixels, settings.seed});
  if (card.detector)
    choose_score(card, std::move(known), held, look, settings);
  else
    choose_rule(card, known, held, look, settings);
  if (options.box_heat > 0 && !card.detector) {
    card.calibration.box_heat = card.calibration.box_peak = options.box_heat;
    card.calibration.box_rule = "given by the recipe";
  }
}

}  // namespace paucal::judge
