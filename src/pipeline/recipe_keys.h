#pragma once
// Which of a recipe's keys matter to it: those common to all tasks, and those of its own task, its
// method and its parts. Help, recipe.yaml and the keys of stages leave out the others.

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/recipe.h"
#include "train/events.h"

namespace paucal::pipeline {

// Empty if the key takes effect in a run of this recipe; otherwise what it would need, for
// messages: "task=inspection".
std::string_view missing_for(const Recipe& recipe, std::string_view key);

// The options of `recipe` (to which they refer) that take effect in a run of it.
Options options_that_matter(Recipe& recipe);

// By these runs are compared: what differs from its default, and the few keys that everybody asks
// about. Without paths and without what comes after training.
train::Settings settings_of(Recipe recipe);

// For people: those options, without the ones that hardly anybody changes, or every option there
// is.
std::string recipe_help(Recipe recipe, bool all);

// Throws Error for the first of the typed "key=value" that takes no effect, and says what it needs.
void refuse_idle_keys(const Recipe& recipe, const std::vector<std::string>& assignments);

}  // namespace paucal::pipeline
