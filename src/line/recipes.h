#pragma once
// What a recipe number stands for: a model, a region of the image, a threshold. A YAML file, one
// recipe a key:
//
//   3: {model: screws.paucal, roi: [100, 0, 612, 512], threshold: 0.4}
//
// Models are named from the file's folder. roi and threshold may be left out.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"

namespace paucal::line {

struct Recipe {
  std::filesystem::path model;
  std::optional<std::array<int, 4>> roi;  // x0, y0, x1, y1: half-open, pixels of the original image
  std::optional<double> threshold;        // NG from this probability on; none: the model's own
};
using Recipes = std::map<uint16_t, Recipe>;

Result<Recipes> parse_recipes(const std::string& yaml, const std::filesystem::path& origin);
Result<Recipes> read_recipes(const std::filesystem::path& path);

}  // namespace paucal::line
