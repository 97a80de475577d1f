#include "pipeline/recipe_keys.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/recipe_rules.h"

namespace paucal::pipeline {
namespace {

// "semi.fixmatch.threshold" → "fixmatch"; "" where the key is none of a method's own.
std::string_view method_of(const Recipe& recipe, std::string_view key) {
  for (const semi::MethodOptions& method : recipe.semi.methods)
    if (key.starts_with("semi." + method.name + ".")) return method.name;
  return "";
}

constexpr std::array kAlwaysCompared = std::to_array<std::string_view>(
    {"model.arch", "train.epochs", "train.batch", "train.seed", "train.optimiser.name",
     "train.optimiser.lr", "train.optimiser.weight_decay", "semi.method"});
constexpr std::array kNeverCompared = std::to_array<std::string_view>(
    {"data.", "line.", "pseudo.", "locate.", "report.", "cache_mb", "train.events", "train.threads",
     "train.loader.", "train.checkpoint_seconds"});

bool is_compared(const Option& option, const Json& default_value) {
  const auto begins = [&](std::string_view prefix) { return option.key.starts_with(prefix); };
  if (std::ranges::any_of(kNeverCompared, begins)) return false;
  return option.value() != default_value ||
         std::ranges::find(kAlwaysCompared, option.key) != kAlwaysCompared.end();
}

}  // namespace

std::string_view missing_for(const Recipe& recipe, std::string_view key) {
  for (const Rule& rule : recipe_rules())
    if (key.starts_with(rule.prefix) && !rule.holds(recipe)) return rule.needs;
  const std::string_view method = method_of(recipe, key);
  if (!method.empty() && method != recipe.semi.method) return "another semi.method";
  if (!method.empty() && recipe.task == "inspection") return "task=classification";
  return "";
}

Options options_that_matter(Recipe& recipe) {
  Options options = options_of(recipe);
  options.keep_if([&](const Option& option) { return missing_for(recipe, option.key).empty(); });
  return options;
}

train::Settings settings_of(Recipe recipe) {
  Recipe plain;
  const Options defaults = options_of(plain);
  std::map<std::string, Json> values;
  for (const Option& option : defaults.all()) values[option.key] = option.value();
  train::Settings settings;
  const Options options = options_that_matter(recipe);
  for (const Option& option : options.all())
    if (is_compared(option, values.at(option.key)))
      settings.emplace_back(option.key, option.value());
  return settings;
}

std::string recipe_help(Recipe recipe, bool all) {
  if (all) return options_of(recipe).help();
  Options options = options_that_matter(recipe);
  options.keep_if([](const Option& option) {
    return std::ranges::find(seldom_keys(), option.key) == seldom_keys().end();
  });
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
