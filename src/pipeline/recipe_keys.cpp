#include "pipeline/recipe_keys.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/files.h"

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
bool has_tiles(const Recipe& r) {
  return r.input.tile > 0;
}

// Keys that begin with `prefix` take effect only if `holds`.
struct Rule {
  std::string_view prefix;
  bool (*holds)(const Recipe& recipe);
  std::string_view needs;
};

constexpr std::array kRules = std::to_array<Rule>({
    {"data.labels", classifies, "task=classification"},
    {"data.unlabelled", classifies, "task=classification"},
    {"input.mean", [](const Recipe& r) { return r.input.normalise == edge::Normalise::kFixed; },
     "input.normalise=fixed"},
    {"input.std", [](const Recipe& r) { return r.input.normalise == edge::Normalise::kFixed; },
     "input.normalise=fixed"},
    {"input.tile_overlap", has_tiles, "input.tile"},
    {"model.channels", [](const Recipe&) { return false; }, "nothing: it follows input.channels"},
    {"model.seed", [](const Recipe&) { return false; }, "nothing: it follows train.seed"},
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
    {"view.ng", inspects, "task=inspection"},
    {"view.pasted", inspects, "task=inspection"},
    {"view.paste.", inspects, "task=inspection"},
    {"view.paste.", [](const Recipe& r) { return r.view.pasted > 0 || r.task != "inspection"; },
     "view.pasted"},
    {"view.looks", has_tiles, "input.tile"},
    {"view.", [](const Recipe& r) { return !r.semi.on(); }, "semi.method=none"},
    {"train.optimiser.momentum", [](const Recipe& r) { return r.train.optimiser.name == "sgd"; },
     "train.optimiser.name=sgd"},
    {"train.optimiser.nesterov", [](const Recipe& r) { return r.train.optimiser.name == "sgd"; },
     "train.optimiser.name=sgd"},
    {"train.optimiser.eps", [](const Recipe& r) { return r.train.optimiser.name == "adamw"; },
     "train.optimiser.name=adamw"},
    {"supervised.", [](const Recipe& r) { return classifies(r) && !r.semi.on(); },
     "task=classification and semi.method=none"},
    {"semi.", classifies, "task=classification"},
    {"semi.labels", [](const Recipe& r) { return r.semi.on(); }, "semi.method"},
    {"semi.mu", [](const Recipe& r) { return r.semi.on(); }, "semi.method"},
    {"semi.pass", [](const Recipe& r) { return r.semi.on(); }, "semi.method"},
    {"semi.view.", [](const Recipe& r) { return r.semi.on(); }, "semi.method"},
    {"mil.", [](const Recipe& r) { return !r.semi.on(); }, "semi.method=none"},
    {"mil.top", inspects, "task=inspection"},
    {"mil.anneal", inspects, "task=inspection"},
    {"mil.image_weight", inspects, "task=inspection"},
    {"mil.class_weight", inspects, "task=inspection"},
    {"mil.pixel_weight", inspects, "task=inspection"},
    {"mil.negative_weight", inspects, "task=inspection"},
    {"mil.dice_weight", inspects, "task=inspection"},
    {"seam.scale", [](const Recipe& r) { return r.seam.on(); }, "seam.weight"},
    {"seam.top", [](const Recipe& r) { return r.seam.on(); }, "seam.weight"},
    {"seam.width", [](const Recipe& r) { return r.seam.on(); }, "seam.weight"},
    {"seam.cells", [](const Recipe& r) { return r.seam.on(); }, "seam.weight"},
    {"detect.", has_head, "model.bbox_head.type"},
    {"pseudo.", is_chain, "line.phases"},
    {"line.min_evidence", is_chain, "line.phases"},
    {"line.review", is_chain, "line.phases"},
    {"locate.limit", inspects, "task=inspection"},
});

// Left out of a recipe's help, since their defaults suit nearly everybody.
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
                                                                "model.bn_momentum",
                                                                "model.bn_eps",
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
                                                                "locate.map"});

// "semi.fixmatch.threshold" → "fixmatch"; "" where the key is none of a method's own.
std::string_view method_of(const Recipe& recipe, std::string_view key) {
  for (const semi::MethodOptions& method : recipe.semi.methods)
    if (key.starts_with("semi." + method.name + ".")) return method.name;
  return "";
}

}  // namespace

std::string_view missing_for(const Recipe& recipe, std::string_view key) {
  for (const Rule& rule : kRules)
    if (key.starts_with(rule.prefix) && !rule.holds(recipe)) return rule.needs;
  const std::string_view method = method_of(recipe, key);
  if (!method.empty() && method != recipe.semi.method) return "another semi.method";
  return "";
}

Options options_that_matter(Recipe& recipe) {
  Options options = options_of(recipe);
  options.keep_if([&](const Option& option) { return missing_for(recipe, option.key).empty(); });
  return options;
}

std::string recipe_help(Recipe recipe, bool all) {
  if (all) return options_of(recipe).help();
  Options options = options_that_matter(recipe);
  options.keep_if(
      [](const Option& option) { return std::ranges::find(kSeldom, option.key) == kSeldom.end(); });
  return options.help();
}

void refuse_idle_keys(const Recipe& recipe, const std::vector<std::string>& assignments) {
  for (const std::string& assignment : assignments) {
    const std::string_view key = trim(std::string_view(assignment).substr(0, assignment.find('=')));
    const std::string_view needs = missing_for(recipe, key);
    if (!needs.empty())
      fail("options", "{}: takes no effect in this recipe, since it needs {}", assignment, needs);
  }
}

}  // namespace paucal::pipeline
