#include "line/recipes.h"

#include <yaml-cpp/yaml.h>

#include <charconv>

#include "base/error.h"
#include "base/files.h"

namespace paucal::line {
namespace {

constexpr uint64_t kMaxFile = 1 << 20;
constexpr int kMaxSide = 1 << 20;

uint16_t number_of(const std::string& text) {
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    fail("recipes", "'{}': expected a number from 0 to 65535", text);
  return number;
}

std::array<int, 4> roi_of(const YAML::Node& node) {
  std::array<int, 4> roi{};
  const bool four = node.IsSequence() && node.size() == 4;
  for (size_t i = 0; four && i < 4; ++i) roi[i] = node[i].as<int>();
  const auto [x0, y0, x1, y1] = roi;
  if (!four || x0 < 0 || y0 < 0 || x1 <= x0 || y1 <= y0 || x1 > kMaxSide || y1 > kMaxSide)
    fail("recipes", "roi: expected [x0, y0, x1, y1] with 0 <= x0 < x1 and 0 <= y0 < y1");
  return roi;
}

Recipe recipe_of(const YAML::Node& node, const std::filesystem::path& folder) {
  if (!node.IsMap()) fail("recipes", "expected {{model, roi: [x0, y0, x1, y1], threshold}}");
  Recipe recipe;
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (key == "model") {
      recipe.model = folder / entry.second.as<std::string>();
    } else if (key == "roi") {
      recipe.roi = roi_of(entry.second);
    } else if (key == "threshold") {
      recipe.threshold = entry.second.as<double>();
      if (!(*recipe.threshold >= 0 && *recipe.threshold <= 1))
        fail("recipes", "threshold {}: expected a number from 0 to 1", *recipe.threshold);
    } else {
      fail("recipes", "unknown key '{}', known: model, roi, threshold", key);
    }
  }
  if (recipe.model.empty()) fail("recipes", "no model");
  return recipe;
}

}  // namespace

Result<Recipes> parse_recipes(const std::string& yaml, const std::filesystem::path& origin) {
  Recipes recipes;
  std::string at;
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (!root.IsMap()) fail("recipes", "expected lines such as 3: {{model: a.paucal}}");
    for (const auto& entry : root) {
      at = entry.first.as<std::string>();
      const uint16_t number = number_of(at);
      if (!recipes.emplace(number, recipe_of(entry.second, origin.parent_path())).second)
        fail("recipes", "stands there twice");
    }
    at.clear();
    if (recipes.empty()) fail("recipes", "none, expected one at least");
  } catch (const Error& error) {
    return failure("recipes", "'{}'{}: {}", origin.string(), at.empty() ? "" : ", recipe " + at,
                   error.message());
  } catch (const std::exception& error) {  // of yaml-cpp: syntax, types
    return failure("recipes", "'{}'{}: {}", origin.string(), at.empty() ? "" : ", recipe " + at,
                   error.what());
  }
  return recipes;
}

Result<Recipes> read_recipes(const std::filesystem::path& path) {
  const auto bytes = read_file(path, kMaxFile);
  if (!bytes.ok()) return bytes.failure();
  return parse_recipes(std::string(bytes->begin(), bytes->end()), path);
}

}  // namespace paucal::line
