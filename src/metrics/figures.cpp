#include "metrics/figures.h"

namespace paucal::metrics {
namespace {

constexpr const char* kDecisions = "metrics/operating_point.cpp";
constexpr const char* kClassifier = "metrics/metrics.cpp";
constexpr const char* kEvaluation = "judge/decision_figures.cpp";
constexpr const char* kMatching = "metrics/localisation.cpp";
constexpr const char* kPixelMaps = "metrics/pixel_metrics.cpp";
constexpr auto kNeither = Better::kNeither;
constexpr auto kHigherIsBetter = Better::kHigher;
constexpr auto kLowerIsBetter = Better::kLower;

constexpr FigureOf<ImageFigures> kImage[] = {
    {{"images", "Images", Unit::kCount, kNeither, "How many test images there are.", kEvaluation},
     &ImageFigures::images},
    {{"ok_images", "OK images", Unit::kCount, kNeither, "Those without a defect.", kDecisions},
     &ImageFigures::ok_images},
    {{"ng_images", "NG images", Unit::kCount, kNeither, "Those with a defect.", kDecisions},
     &ImageFigures::ng_images},
    {{"auroc", "AUROC", Unit::kScore, kHigherIsBetter,
      "How often a random NG image has a higher probability than a random OK image; ties count "
      "half. 1 is perfect, .5 is chance. It depends on no threshold.",
      "metrics/metrics.cpp; Mann-Whitney"},
     &ImageFigures::auroc,
     &ImageFigures::auroc_interval},
    {{"average_precision", "Average precision", Unit::kScore, kHigherIsBetter,
      "Sum over the distinct scores of (step of recall) × precision, without interpolation.",
      kClassifier},
     &ImageFigures::average_precision},
    {{"threshold", "Threshold", Unit::kScore, kNeither,
      "An image is called NG from this probability on; chosen on the validation images.",
      kDecisions},
     &ImageFigures::threshold},
    {{"accuracy", "Accuracy", Unit::kPercent, kHigherIsBetter,
      "Share of test images that are called right: OK or NG at the threshold, or the likeliest "
      "class.",
      kDecisions},
     &ImageFigures::accuracy,
     &ImageFigures::accuracy_interval},
    {{"overkill", "Overkill", Unit::kPercent, kLowerIsBetter,
      "Share of OK images that are called NG at the threshold.", kDecisions},
     &ImageFigures::overkill,
     &ImageFigures::overkill_interval},
    {{"escape", "Escape", Unit::kPercent, kLowerIsBetter,
      "Share of NG images that are called OK at the threshold.", kDecisions},
     &ImageFigures::escape,
     &ImageFigures::escape_interval},
    {{"ece", "Calibration error", Unit::kPercent, kLowerIsBetter,
      "How far stated probabilities are from what comes true (expected calibration error): images "
      "are put into 15 bins by confidence, and the difference of accuracy and mean confidence is "
      "averaged by the number of images. Of an inspection the decision is p ≥ .5, not the "
      "threshold.",
      "metrics/metrics.cpp; Naeini et al. 2015, Guo et al. 2017"},
     &ImageFigures::ece},
    {{"best_accuracy_on_test", "Best accuracy on test", Unit::kPercent, kHigherIsBetter,
      "Accuracy at the threshold that is best for the test images: an oracle.", kDecisions},
     &ImageFigures::best_accuracy_on_test},
    {{"overkill_at_5_percent_escape_on_test", "Overkill at 5 % escape on test", Unit::kPercent,
      kLowerIsBetter,
      "Overkill at the threshold that keeps escape within 5 % on the test images: an oracle, for "
      "comparison with other methods.",
      kDecisions},
     &ImageFigures::overkill_at_5_percent_escape_on_test},
    {{"error", "Error", Unit::kPercent, kLowerIsBetter,
      "In comparisons of semi-supervised methods alone: share of images that are given another "
      "class than their own.",
      "judge/classify.cpp"},
     &ImageFigures::error}};

constexpr FigureOf<PixelFigures> kPixels[] = {
    {{"px_ap", "Pixel precision", Unit::kScore, kHigherIsBetter,
      "Average precision of the heat over all pixels (PxAP). Compare it with base_rate, not with "
      "0.",
      "metrics/pixel_metrics.cpp; Choe et al., CVPR 2020"},
     &PixelFigures::px_ap},
    {{"base_rate", "Share of defect pixels", Unit::kPercent, kNeither,
      "Share of defect pixels: the PxAP of a map that knows nothing.", kPixelMaps},
     &PixelFigures::base_rate},
    {{"aupro", "AUPRO", Unit::kScore, kHigherIsBetter,
      "Area under the curve of mean overlap with each true region against the false positive rate, "
      "up to a rate of .3, divided by .3. A small region weighs as much as a large one.",
      "metrics/pixel_metrics.cpp; Bergmann et al., IJCV 2021"},
     &PixelFigures::aupro},
    {{"pixels", "Pixels", Unit::kCount, kNeither, "How many pixels were counted.", kPixelMaps},
     &PixelFigures::pixels},
    {{"regions", "Regions", Unit::kCount, kNeither, "True regions, 8-connected.", kPixelMaps},
     &PixelFigures::regions}};

constexpr FigureOf<LocalisationFigures> kPlaces[] = {
    {{"images", "Images", Unit::kCount, kNeither, "Test images whose truth is known.", kMatching},
     &LocalisationFigures::images},
    {{"ok_images", "OK images", Unit::kCount, kNeither, "Those of them without defects.",
      kMatching},
     &LocalisationFigures::ok_images},
    {{"truths", "True defects", Unit::kCount, kNeither, "True boxes.", kMatching},
     &LocalisationFigures::truths},
    {{"missed", "Missed", Unit::kCount, kLowerIsBetter, "True boxes without a match.", kMatching},
     &LocalisationFigures::missed},
    {{"false_boxes", "False boxes", Unit::kCount, kLowerIsBetter,
      "Found boxes without a match, on images with defects.", kMatching},
     &LocalisationFigures::false_boxes},
    {{"false_boxes_per_ok_image", "False boxes an OK image", Unit::kPlain, kLowerIsBetter,
      "Mean number of found boxes on images without defects.", kMatching},
     &LocalisationFigures::false_boxes_per_ok_image},
    {{"loc_at_3px", "Located within 3 px", Unit::kPercent, kHigherIsBetter,
      "Share of all true defects whose box is found with an edge error (the mean over the four "
      "edges) below 3 px; a missed defect counts as a failure.",
      kMatching},
     &LocalisationFigures::loc_at_3px},
    {{"loc_at_3px_by_centre", "Centre within 3 px", Unit::kPercent, kHigherIsBetter,
      "The same, by the distance of the centres.", kMatching},
     &LocalisationFigures::loc_at_3px_by_centre},
    {{"mean_edge_error_px", "Mean edge error", Unit::kPixels, kLowerIsBetter,
      "Over matched boxes only.", kMatching},
     &LocalisationFigures::mean_edge_error_px},
    {{"median_edge_error_px", "Median edge error", Unit::kPixels, kLowerIsBetter,
      "Over matched boxes only.", kMatching},
     &LocalisationFigures::median_edge_error_px},
    {{"p95_edge_error_px", "95 % of edge errors below", Unit::kPixels, kLowerIsBetter,
      "Over matched boxes only.", kMatching},
     &LocalisationFigures::p95_edge_error_px},
    {{"mean_centre_error_px", "Mean centre error", Unit::kPixels, kLowerIsBetter,
      "Over matched boxes only.", kMatching},
     &LocalisationFigures::mean_centre_error_px},
    {{"median_centre_error_px", "Median centre error", Unit::kPixels, kLowerIsBetter,
      "Over matched boxes only.", kMatching},
     &LocalisationFigures::median_centre_error_px},
    {{"p95_centre_error_px", "95 % of centre errors below", Unit::kPixels, kLowerIsBetter,
      "Over matched boxes only.", kMatching},
     &LocalisationFigures::p95_centre_error_px},
    {{"max_box_acc_v2", "MaxBoxAccV2", Unit::kScore, kHigherIsBetter,
      "Mean over δ = .3, .5, .7 of the share of images with defects in which any box has IoU ≥ δ "
      "with any true box. Boxes are made at one heat threshold, the one of 30 (.04, .08, … 1.2) "
      "that is best on the validation boxes; the verdict on the image plays no part. Of a box head "
      "its best box of the image's class counts alone, whatever its score. null without validation "
      "boxes.",
      "metrics/box_accuracy.cpp; Choe et al., CVPR 2020"},
     &LocalisationFigures::max_box_acc_v2},
    {{"max_box_acc_v2_oracle", "MaxBoxAccV2, best threshold on test", Unit::kScore, kHigherIsBetter,
      "The same, with the best threshold on the test images for each δ, as the literature has it: "
      "an oracle.",
      "metrics/box_accuracy.cpp"},
     &LocalisationFigures::max_box_acc_v2_oracle},
    {{"max_box_acc_v2_centre_box", "MaxBoxAccV2 of a box in the middle", Unit::kScore, kNeither,
      "The same for one box in the middle of the image, of the mean relative size of the training "
      "boxes: what looking at nothing reaches. Left out where no training image has boxes.",
      "metrics/box_accuracy.cpp"},
     &LocalisationFigures::max_box_acc_v2_centre_box},
    {{"map_at_50", "AP at IoU .5", Unit::kScore, kHigherIsBetter,
      "Area under the precision-recall curve of boxes by falling score, right from IoU ≥ .5, mean "
      "over the classes of boxes (an inspection has one); all points, precision made monotone.",
      "metrics/box_accuracy.cpp; PASCAL VOC from 2010 on"},
     &LocalisationFigures::map_at_50},
    {{"px_ap", "Pixel precision", Unit::kScore, kHigherIsBetter,
      "Average precision of the heat over all pixels of the test images (PxAP); a map that knows "
      "nothing reaches the share of defect pixels. null without masks or polygons.",
      "metrics/pixel_metrics.cpp; Choe et al., CVPR 2020"},
     &LocalisationFigures::px_ap},
    {{"cor_loc", "CorLoc", Unit::kPercent, kHigherIsBetter,
      "In comparisons alone: share of the boxed training images whose first box has an IoU of at "
      "least .5 with a true one, mean over classes.",
      "metrics/box_accuracy.cpp; Deselaers et al., IJCV 2012"},
     &LocalisationFigures::cor_loc}};

constexpr FigureOf<ClassFigures> kClass[] = {
    {{"images", "Test images", Unit::kCount, kNeither, "Test images of the class.", kEvaluation},
     &ClassFigures::images},
    {{"right", "Right", Unit::kCount, kHigherIsBetter,
      "Inspection: called right as OK or NG; classification: given this class.", kEvaluation},
     &ClassFigures::right},
    {{"right_share", "Called right", Unit::kPercent, kHigherIsBetter,
      "right / images; left out without images.", kEvaluation},
     &ClassFigures::right_share},
    {{"auroc", "AUROC", Unit::kScore, kHigherIsBetter,
      "Defect classes of an inspection: this class against all OK images.", kClassifier},
     &ClassFigures::auroc},
    {{"px_ap", "PxAP", Unit::kScore, kHigherIsBetter,
      "On the images of this class alone, where masks or polygons are known.", kPixelMaps},
     &ClassFigures::px_ap},
    {{"px_base_rate", "Defect pixels", Unit::kPercent, kNeither,
      "Their share, on the images of this class alone.", kPixelMaps},
     &ClassFigures::px_base_rate}};

template <class Section>
const FigureOf<Section>& find(Number Section::*value) {
  for (const FigureOf<Section>& figure : Section::table())
    if (figure.value == value) return figure;
  return Section::table().front();  // each member has a row (figures_test.cpp)
}

const char* unit_text(Unit unit) {
  switch (unit) {
    case Unit::kScore:
      return "0 … 1";
    case Unit::kPercent:
      return "share";
    case Unit::kPixels:
      return "px";
    case Unit::kSeconds:
      return "s";
    case Unit::kCount:
      return "number";
    case Unit::kPlain:
      break;
  }
  return "";
}

const char* better_text(Better better) {
  return better == Better::kHigher ? "higher" : better == Better::kLower ? "lower" : "";
}

}  // namespace

std::span<const FigureOf<ImageFigures>> ImageFigures::table() {
  return kImage;
}
std::span<const FigureOf<PixelFigures>> PixelFigures::table() {
  return kPixels;
}
std::span<const FigureOf<LocalisationFigures>> LocalisationFigures::table() {
  return kPlaces;
}
std::span<const FigureOf<ClassFigures>> ClassFigures::table() {
  return kClass;
}

const FigureOf<ImageFigures>& info_of(Number ImageFigures::*value) {
  return find(value);
}
const FigureOf<LocalisationFigures>& info_of(Number LocalisationFigures::*value) {
  return find(value);
}
const FigureOf<ClassFigures>& info_of(Number ClassFigures::*value) {
  return find(value);
}
const FigureOf<PixelFigures>& info_of(Number PixelFigures::*value) {
  return find(value);
}

Picked::Picked(Number ImageFigures::*value) : info_(&find(value)), value_(value) {}
Picked::Picked(Number LocalisationFigures::*value) : info_(&find(value)), value_(value) {}

Number Picked::of(const Figures& figures) const {
  if (const auto* member = std::get_if<Number ImageFigures::*>(&value_))
    return figures.image.**member;
  if (!figures.localisation) return std::nullopt;
  return *figures.localisation.*std::get<Number LocalisationFigures::*>(value_);
}

LocalisationFigures figures_of(const Localisation& found) {
  LocalisationFigures f;
  f.images = found.images;
  f.ok_images = found.ok_images;
  f.truths = found.truths;
  f.missed = found.missed;
  f.false_boxes = found.false_boxes;
  f.false_boxes_per_ok_image = found.false_boxes_per_ok_image;
  f.loc_at_3px = found.loc_at_3px;
  f.loc_at_3px_by_centre = found.loc_at_3px_by_centre;
  f.mean_edge_error_px = found.mean_edge_error;
  f.median_edge_error_px = found.median_edge_error;
  f.p95_edge_error_px = found.p95_edge_error;
  f.mean_centre_error_px = found.mean_centre_error;
  f.median_centre_error_px = found.median_centre_error;
  f.p95_centre_error_px = found.p95_centre_error;
  f.edge_errors = found.edge_errors;
  return f;
}

std::string markdown_table(std::span<const FigureInfo* const> figures) {
  std::string text = "| key | unit | better | definition | source |\n|---|---|---|---|---|\n";
  for (const FigureInfo* figure : figures) {
    const std::string source = figure->source;
    const size_t end = std::min(source.find(';'), source.size());
    text += "| `" + std::string(figure->key) + "` | " + unit_text(figure->unit) + " | " +
            better_text(figure->better) + " | " + figure->help + " | `" + source.substr(0, end) +
            "`" + source.substr(end) + " |\n";
  }
  return text;
}

}  // namespace paucal::metrics
