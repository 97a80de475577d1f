#include "line/load_recipes.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"

namespace paucal::line {
namespace {

constexpr uint64_t kMaxModelFile = uint64_t{1} << 31;

// Read by copy: a mapped file that somebody overwrites changes the weights of a running network.
Result<edge::ModelFile> read_copy(const std::filesystem::path& path) {
  const auto bytes = read_file(path, kMaxModelFile);
  if (!bytes.ok()) return bytes.failure();
  return edge::read_model(SharedBytes::copy_of(std::as_bytes(std::span(*bytes))), path.string());
}

Failure at_model(const std::filesystem::path& path, const Failure& wrong) {
  return failure("line", "'{}': {}", path.string(), wrong.message);
}

std::optional<Failure> check_verdicts(const edge::ModelCard& card) {
  if (card.task == edge::Task::kInspection ||
      std::ranges::find(card.class_is_ok, true) != card.class_is_ok.end())
    return std::nullopt;
  return failure("line", "a classifier without an OK class, expected one that tells OK from NG");
}

Result<std::shared_ptr<edge::Predictor>> load(edge::ModelFile file, const Recipe& recipe,
                                              int threads) {
  // The threshold is part of the card, so that everything that reads a card follows it.
  if (recipe.threshold && file.card.is_object() && file.card.contains("calibration") &&
      file.card["calibration"].is_object())
    file.card["calibration"]["threshold"] = *recipe.threshold;
  auto model = edge::Model::make(std::move(file));
  if (!model.ok()) return at_model(recipe.model, model.failure());
  auto predictor = edge::Predictor::make(std::move(*model), {.threads = threads});
  if (!predictor.ok()) return at_model(recipe.model, predictor.failure());
  const edge::ModelCard& card = (*predictor)->card();
  if (const auto wrong = check_verdicts(card)) return at_model(recipe.model, *wrong);
  const auto [width, height] = edge::passing_size(card.input.width, card.input.height, card.input);
  edge::Image image(width, height, card.input.channels);
  if (card.input.depth == edge::Depth::k16) image.deep.assign(image.pixels.size(), 0);
  const auto first = (*predictor)->predict(image);
  if (!first.ok()) return at_model(recipe.model, first.failure());
  return std::shared_ptr<edge::Predictor>(std::move(*predictor));
}

}  // namespace

Result<Recipes> recipes_of(const LineOptions& options) {
  Recipes recipes;
  if (!options.recipes.empty()) {
    auto read = read_recipes(options.recipes);
    if (!read.ok()) return read.failure();
    recipes = std::move(*read);
  }
  if (!options.model.empty()) recipes.try_emplace(0, Recipe{options.model, {}, {}});
  return recipes;
}

Result<LoadedRecipes> load_recipes(const Recipes& recipes, int threads) {
  std::map<std::string, edge::ModelFile> files;
  std::map<std::pair<std::string, std::optional<double>>, std::shared_ptr<edge::Predictor>> loaded;
  LoadedRecipes all;
  for (const auto& [number, recipe] : recipes) {
    const std::string path = recipe.model.lexically_normal().string();
    if (!files.contains(path)) {
      auto file = read_copy(recipe.model);
      if (!file.ok()) return file.failure();
      files.emplace(path, std::move(*file));
    }
    auto& predictor = loaded[{path, recipe.threshold}];
    if (!predictor) {
      auto made = load(files.at(path), recipe, threads);
      if (!made.ok()) return made.failure();
      predictor = std::move(*made);
    }
    const auto [name, version] = model_name(recipe.model);
    all.emplace(number, LoadedRecipe{name, version, predictor, recipe});
  }
  return all;
}

}  // namespace paucal::line
