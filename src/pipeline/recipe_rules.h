#pragma once
// The tables behind recipe_keys.h. Who adds an option that only some recipes use adds a row.

#include <span>
#include <string_view>

#include "pipeline/recipe.h"

namespace paucal::pipeline {

// Keys that begin with `prefix` take effect only if `holds`. Where it does not, recipe.yaml and the
// keys of stages leave them out, so no stage may read them then.
struct Rule {
  std::string_view prefix;  // a key, or a group: "mil.top", "model.nms."
  bool (*holds)(const Recipe& recipe);
  std::string_view needs;  // for messages: "task=inspection"
};
std::span<const Rule> recipe_rules();

// Left out of a recipe's help, since their defaults suit nearly everybody.
std::span<const std::string_view> seldom_keys();

}  // namespace paucal::pipeline
