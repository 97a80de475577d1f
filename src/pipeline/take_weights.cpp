#include "pipeline/take_weights.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "base/error.h"
#include "base/host/log.h"
#include "models/adapt_input.h"
#include "models/published.h"
#include "models/recognise.h"
#include "pipeline/own_weights.h"

namespace paucal::pipeline {
namespace {

constexpr int kDeepestStride = 32, kFewImages = 32;

bool is_typed(const std::vector<std::string>& typed, std::string_view key) {
  return std::ranges::any_of(typed, [&](std::string_view assignment) {
    return assignment.substr(0, assignment.find('=')) == key;
  });
}

void take_network(Recipe& recipe, const models::Recognised& found,
                  const std::vector<std::string>& typed) {
  models::ModelOptions& model = recipe.model;
  if (!is_typed(typed, "model.arch") && !is_typed(typed, "model.backbone")) {
    if (model.arch != found.arch)
      log::info("model.weights: {}, in place of {}", found.text(), model.arch);
    model.arch = found.arch;
  }
  if (!is_typed(typed, "model.width")) model.width = 0;
  model.bn_eps = found.arithmetic.bn_eps;
  model.padding = found.arithmetic.padding;
  // Few images tell a worse mean and variance than the file's.
  if (model.bn == "auto") model.bn = recipe.train.batch < kFewImages ? "frozen" : "train";
}

// The last stage of a published network is too coarse to say where.
void take_taps(Recipe& recipe, const std::vector<std::string>& typed) {
  models::ModelOptions& model = recipe.model;
  const bool says_where = recipe.task != "classification" && !model.detector.bbox_head.on();
  if (says_where && model.taps.empty() && model.cut == "none" && model.output_stride == 0 &&
      !is_typed(typed, "model.taps") && !is_typed(typed, "model.cut"))
    model.taps = {"s8", "s16"};
}

void take_input(edge::PreprocessOptions& input, const models::Arithmetic& arithmetic,
                const std::vector<std::string>& typed) {
  if (is_typed(typed, "input.normalise") && input.normalise == edge::Normalise::kImage) return;
  std::vector<double> mean = arithmetic.mean, std = arithmetic.std;
  if (input.channels == 1) {
    mean = {models::grey_of(mean)};
    std = {models::grey_of(std)};
  }
  const bool same =
      input.normalise == edge::Normalise::kFixed && input.mean == mean && input.std == std;
  if (!same)
    log::info(
        "model.weights: input.normalise=fixed input.mean={:.4g} input.std={:.4g}, as its "
        "network was trained",
        fmt::join(mean, ","), fmt::join(std, ","));
  input.normalise = edge::Normalise::kFixed;
  input.mean = mean;
  input.std = std;
}

// A published network tells places of 8 or 16 pixels apart, one of ours of 4.
void take_scale(edge::PreprocessOptions& input, const std::vector<std::string>& typed) {
  if (input.scale == 1 || is_typed(typed, "input.scale")) return;
  log::info("model.weights: input.scale=1 in place of {}, since its places are larger",
            input.scale);
  input.scale = 1;
}

// SAME padding is that of the file for these sides alone, in a graph whose sizes are not fixed.
void fit_sides(edge::PreprocessOptions& input) {
  if (input.fit == edge::Fit::kNative) {
    input.multiple = std::lcm(input.multiple, kDeepestStride);
    return;
  }
  if (input.width % kDeepestStride != 0 || input.height % kDeepestStride != 0)
    fail("model.weights",
         "input {} × {}, expected sides that are multiples of {}, since the file "
         "was trained with TensorFlow's padding",
         input.width, input.height, kDeepestStride);
}

}  // namespace

void take_weights(Recipe& recipe, const std::vector<std::string>& typed) {
  const std::filesystem::path path = recipe.model.weights;
  if (path.empty() || !std::filesystem::is_regular_file(path)) return;
  if (take_own_start(path, recipe, typed)) {
    const auto of_arch = [&](const models::Published& network) {
      return network.arch == recipe.model.arch;
    };
    if (std::ranges::any_of(models::published_networks(), of_arch)) take_taps(recipe, typed);
    return;
  }
  const auto found = models::recognise_file(path, recipe.model.weights_source);
  if (!found) return;
  take_network(recipe, *found, typed);
  take_taps(recipe, typed);
  take_input(recipe.input, found->arithmetic, typed);
  take_scale(recipe.input, typed);
  if (recipe.model.padding == "same") fit_sides(recipe.input);
}

}  // namespace paucal::pipeline
