#include "pipeline/recipe_rules.h"

#include <array>

namespace paucal::pipeline {
namespace {

bool inspects(const Recipe& r) {
  return r.task != "classification";
}
bool classifies(const Recipe& r) {
  return r.task != "inspection";
}
bool has_head(const Recipe& r) {
  return r.model.detector.bbox_head.on();
}
bool has_dense_head(const Recipe& r) {
  return r.model.detector.bbox_head.dense();
}
bool has_regions(const Recipe& r) {
  return has_head(r) && !has_dense_head(r);
}
bool is_chain(const Recipe& r) {
  return !r.line.phases.empty();
}
bool has_seam(const Recipe& r) {
  return r.seam.on();
}
bool remembers(const Recipe& r) {
  return inspects(r) && !has_head(r) && !is_chain(r) && !has_seam(r);
}
bool has_tiles(const Recipe& r) {
  return r.input.tile > 0;
}
bool has_method(const Recipe& r) {
  return r.semi.on();
}
// Methods of whole images make views of their own.
bool shows_views(const Recipe& r) {
  return !r.semi.on() || r.task == "inspection";
}
bool has_image_method(const Recipe& r) {
  return r.semi.on() && r.task != "inspection";
}
bool has_map_method(const Recipe& r) {
  return r.semi.on() && r.task == "inspection";
}
bool learns_from_unlabelled(const Recipe& r) {
  return classifies(r) || r.semi.on();
}
bool is_fixed(const Recipe& r) {
  return r.input.normalise == edge::Normalise::kFixed;
}
bool uses_sgd(const Recipe& r) {
  return r.train.optimiser.name == "sgd";
}

constexpr std::array kRules = std::to_array<Rule>({
    {"data.unlabelled", learns_from_unlabelled, "task=classification, or semi.method"},
    {"input.mean", is_fixed, "input.normalise=fixed"},
    {"input.std", is_fixed, "input.normalise=fixed"},
    {"input.tile_overlap", has_tiles, "input.tile"},
    {"input.coarse", [](const Recipe& r) { return has_tiles(r) && inspects(r); },
     "input.tile and task=inspection"},
    {"model.channels", [](const Recipe&) { return false; }, "nothing: it follows input.channels"},
    {"model.memory.", [](const Recipe&) { return false; }, "nothing: it follows one_class"},
    {"model.seed", [](const Recipe&) { return false; }, "nothing: it follows train.seed"},
    {"model.weights_source", [](const Recipe& r) { return !r.model.weights.empty(); },
     "model.weights"},
    {"train.backbone_lr", [](const Recipe& r) { return !r.model.weights.empty(); },
     "model.weights"},
    {"train.freeze_epochs", [](const Recipe& r) { return !r.model.weights.empty(); },
     "model.weights"},
    {"model.conv_bias", [](const Recipe& r) { return r.model.arch.starts_with("wrn"); },
     "model.arch=wrn-…"},
    {"model.neck", has_head, "model.bbox_head.type"},
    {"model.nms.", has_head, "model.bbox_head.type"},
    {"model.bbox_head.width", has_dense_head, "a dense model.bbox_head.type"},
    {"model.bbox_head.convs", has_dense_head, "a dense model.bbox_head.type"},
    {"model.anchors.", has_dense_head, "a dense model.bbox_head.type"},
    {"model.bbox_head.with_softmax", has_regions, "model.bbox_head.type=mil"},
    {"model.bbox_head.fc", has_regions, "model.bbox_head.type=mil"},
    {"model.bbox_head.loss.", has_regions, "model.bbox_head.type=mil"},
    {"model.proposals", has_regions, "model.bbox_head.type=mil"},
    {"model.refine.", has_regions, "model.bbox_head.type=mil"},
    {"model.refine.branches", [](const Recipe& r) { return r.model.detector.refine.on(); },
     "model.refine.type"},
    {"model.regions.", has_regions, "model.bbox_head.type=mil"},
    {"view.align", inspects, "task=inspection"},
    {"view.ng", inspects, "task=inspection"},
    {"view.pasted", inspects, "task=inspection"},
    {"view.paste.", inspects, "task=inspection"},
    {"view.pairs", inspects, "task=inspection"},
    {"view.mixup", inspects, "task=inspection"},
    {"view.augment.hue", [](const Recipe& r) { return r.input.channels == 3; }, "input.channels=3"},
    {"view.augment.saturation", [](const Recipe& r) { return r.input.channels == 3; },
     "input.channels=3"},
    {"view.looks", has_tiles, "input.tile"},
    {"view.", shows_views, "semi.method=none, or task=inspection"},
    {"train.optimiser.momentum", uses_sgd, "train.optimiser.name=sgd"},
    {"train.optimiser.nesterov", uses_sgd, "train.optimiser.name=sgd"},
    {"train.optimiser.eps", [](const Recipe& r) { return r.train.optimiser.name == "adamw"; },
     "train.optimiser.name=adamw"},
    {"supervised.", [](const Recipe& r) { return classifies(r) && !r.semi.on(); },
     "task=classification and semi.method=none"},
    {"semi.", [](const Recipe& r) { return !has_head(r); }, "model.bbox_head.type=none"},
    {"semi.mu", has_method, "semi.method"},
    {"semi.pass", has_image_method, "semi.method, and task=classification"},
    {"semi.view.", has_image_method, "semi.method, and task=classification"},
    {"semi.map.", has_map_method, "semi.method, and task=inspection"},
    {"semi.map.threshold", [](const Recipe& r) { return r.semi.method == "fixmatch"; },
     "semi.method=fixmatch"},
    {"mil.", shows_views, "semi.method=none, or task=inspection"},
    {"mil.top", inspects, "task=inspection"},
    {"mil.anneal", inspects, "task=inspection"},
    {"mil.image_weight", inspects, "task=inspection"},
    {"mil.class_weight", inspects, "task=inspection"},
    {"mil.pixel_weight", inspects, "task=inspection"},
    {"mil.dice_weight", inspects, "task=inspection"},
    {"seam.scale", has_seam, "seam.weight"},
    {"seam.top", has_seam, "seam.weight"},
    {"seam.width", has_seam, "seam.weight"},
    {"seam.cells", has_seam, "seam.weight"},
    {"one_class.", remembers, "task=inspection without a box head, a chain or seam"},
    {"detect.", has_head, "model.bbox_head.type"},
    {"pseudo.", is_chain, "line.phases"},
    {"line.min_evidence", is_chain, "line.phases"},
    {"line.review", is_chain, "line.phases"},
    {"locate.limit", inspects, "task=inspection"},
});

constexpr std::array kSeldom = std::to_array<std::string_view>({"cache_mb",
                                                                "data.format",
                                                                "input.multiple",
                                                                "input.pad",
                                                                "model.neck_width",
                                                                "model.bbox_head.convs",
                                                                "model.anchors.ratios",
                                                                "model.nms.score",
                                                                "model.nms.candidates",
                                                                "model.nms.max_boxes",
                                                                "model.nms.vote",
                                                                "view.paste.line",
                                                                "view.paste.blob",
                                                                "view.paste.bump",
                                                                "view.paste.patch",
                                                                "view.paste.step",
                                                                "view.paste.chip",
                                                                "mil.top_start",
                                                                "mil.anneal",
                                                                "detect.regression_start",
                                                                "detect.regression_weight",
                                                                "detect.focal_alpha",
                                                                "detect.focal_gamma",
                                                                "detect.quality",
                                                                "detect.bag.pool",
                                                                "detect.bag.r",
                                                                "detect.bag.top",
                                                                "detect.self_training.burn_in",
                                                                "detect.self_training.weight",
                                                                "detect.self_training.score",
                                                                "detect.self_training.top",
                                                                "data.max_pixels",
                                                                "data.max_broken",
                                                                "input.max_upscale",
                                                                "input.roi",
                                                                "input.ignore",
                                                                "data.part",
                                                                "model.bn_momentum",
                                                                "model.bn_eps",
                                                                "model.bn",
                                                                "model.weights_source",
                                                                "model.cut",
                                                                "model.padding",
                                                                "train.backbone_lr",
                                                                "train.freeze_epochs",
                                                                "view.augment.shear",
                                                                "view.augment.cutout",
                                                                "train.accumulate",
                                                                "train.loader.threads",
                                                                "train.loader.prefetch",
                                                                "train.optimiser.eps",
                                                                "train.schedule.warmup_fraction",
                                                                "train.ema.warmup",
                                                                "mil.focal_gamma",
                                                                "mil.negative_weight",
                                                                "mil.dice_weight",
                                                                "one_class.strides",
                                                                "one_class.vectors",
                                                                "one_class.top",
                                                                "input.pages",
                                                                "model.taps",
                                                                "train.events",
                                                                "train.precision",
                                                                "view.pairs",
                                                                "view.mixup",
                                                                "one_class.dims",
                                                                "locate.map"});

}  // namespace

std::span<const Rule> recipe_rules() {
  return kRules;
}

std::span<const std::string_view> seldom_keys() {
  return kSeldom;
}

}  // namespace paucal::pipeline
