#pragma once
// All recipes of a line, loaded before the first part, so that a switch costs nothing.

#include <map>

#include "line/judge.h"
#include "line/options.h"

namespace paucal::line {

using LoadedRecipes = std::map<uint16_t, LoadedRecipe>;

// --recipes, and --model as number 0 where the file has none.
Result<Recipes> recipes_of(const LineOptions& options);
// Each model file is loaded once, by copy, and run once: the first run of a network takes longer
// than the others. Refused are classifiers that know no OK class.
Result<LoadedRecipes> load_recipes(const Recipes& recipes, int threads);

}  // namespace paucal::line
