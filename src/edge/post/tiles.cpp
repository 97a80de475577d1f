#include "edge/post/tiles.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "edge/image/crop.h"
#include "edge/machine/round.h"
#include "edge/post/coarse.h"
#include "edge/post/mosaic.h"

namespace paucal::edge {
namespace {

constexpr int64_t kMostTiles = 1 << 20;

// From the start of a tile to that of the next.
int step_of(const PreprocessOptions& options) {
  const int grid = std::max(1, options.multiple);
  return std::max(grid, (options.tile - options.tile_overlap) / grid * grid);
}

std::vector<int> plan_side(int length, const PreprocessOptions& options) {
  std::vector<int> starts{0};
  const int grid = std::max(1, options.multiple);
  const int step = step_of(options);
  while (starts.back() + options.tile < length) {
    const int last = (length - options.tile + grid - 1) / grid * grid;
    starts.push_back(std::min(starts.back() + step, last));
  }
  return starts;
}

}  // namespace

std::vector<Tile> plan_tiles(int width, int height, const PreprocessOptions& options) {
  std::vector<Tile> tiles;
  for (const int y : plan_side(height, options))
    for (const int x : plan_side(width, options))
      tiles.push_back(
          {x, y, std::min(options.tile, width - x), std::min(options.tile, height - y)});
  return tiles;
}

size_t count_tiles(int width, int height, const PreprocessOptions& options) {
  return plan_side(width, options).size() * plan_side(height, options).size();
}

std::optional<Failure> choose_tiles(PreprocessOptions& input, std::optional<int> side,
                                    std::optional<int> overlap) {
  PreprocessOptions chosen = input;
  chosen.tile = side.value_or(input.tile);
  chosen.tile_overlap = overlap.value_or(input.tile_overlap);
  if (auto wrong = check(chosen)) return wrong;
  input = chosen;
  return std::nullopt;
}

bool in_tiles(const Image& fitted, const PreprocessOptions& options) {
  return options.tile > 0 && std::max(fitted.width, fitted.height) > options.tile;
}

Fitted cut_out(const Fitted& whole, const Tile& tile) {
  return {cropped(whole.image, tile.x, tile.y, tile.width, tile.height),
          whole.geometry.cropped(tile.x, tile.y, tile.width, tile.height), whole.of_whole};
}

Result<std::vector<RawPrediction>> look_at(const ModelCard& card, const Fitted& whole,
                                           std::span<const Tile> tiles, const Crew& crew) {
  std::vector<std::optional<Result<RawPrediction>>> said(tiles.size());
  crew.pool.run(std::ssize(tiles), [&](int64_t i, int thread) {
    const auto tile = static_cast<size_t>(i);
    said[tile] =
        predict_view(card, cut_out(whole, tiles[tile]), crew.networks[static_cast<size_t>(thread)]);
  });
  std::vector<RawPrediction> result;
  for (auto& one : said) {
    if (!one->ok()) return one->failure();
    result.push_back(std::move(**one));
  }
  return result;
}

Result<RawPrediction> predict_tiled(const ModelCard& card, const Fitted& whole, const Crew& crew) {
  if (auto wrong = check(card.input)) return *wrong;
  const int step = step_of(card.input);
  if (ceil_div(whole.image.width, step) * ceil_div(whole.image.height, step) > kMostTiles)
    return failure("predict", "{} × {} pixels in tiles every {}, expected at most {} tiles",
                   whole.image.width, whole.image.height, step, kMostTiles);
  if (looks_coarsely(card, whole.image)) return predict_coarsely(card, whole, crew);
  const auto tiles = plan_tiles(whole.image.width, whole.image.height, card.input);
  Mosaic mosaic(card, whole);
  // A few at a time: what they say is added in their order, and then forgotten.
  const size_t together =
      crew.pool.threads() > 1 ? 4 * static_cast<size_t>(crew.pool.threads()) : 1;
  for (size_t first = 0; first < tiles.size(); first += together) {
    const auto some = std::span(tiles).subspan(first, std::min(together, tiles.size() - first));
    const auto said = look_at(card, whole, some, crew);
    if (!said.ok()) return said.failure();
    for (size_t i = 0; i < some.size(); ++i)
      if (auto wrong = mosaic.add(some[i], (*said)[i])) return *wrong;
  }
  return mosaic.result();
}

}  // namespace paucal::edge
