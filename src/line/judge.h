#pragma once
// A recipe made ready, and what it says of an image file.

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/json.h"
#include "edge/runtime/predictor.h"
#include "line/recipes.h"

namespace paucal::line {

struct LoadedRecipe {
  std::string name;  // of the model: NAME.paucal, or NAME/VERSION.paucal
  int version = 1;
  std::shared_ptr<edge::Predictor> predictor;  // recipes of one model and threshold share it
  Recipe recipe;
};

// "screws.paucal" → screws, 1; "screws/3.paucal" → screws, 3.
std::pair<std::string, int> model_name(const std::filesystem::path& path);

struct Judgement {
  bool ng = true;
  double probability_ng = 0;
  Json boxes;         // original pixels
  std::string error;  // why the file cannot be judged; then it is NG
};

// One caller a predictor at a time. Of a file of several pages, where the model reads all, the
// worst one counts.
Judgement judge_file(const LoadedRecipe& recipe, const std::filesystem::path& path);
Judgement judge_image(const LoadedRecipe& recipe, edge::Image image);

// The part of an image that is [x0, x1) × [y0, y1). Fails where it reaches beyond the image, since
// that is another camera or another setting than the recipe was made for.
Result<edge::Image> crop(const edge::Image& image, const std::array<int, 4>& roi);

}  // namespace paucal::line
