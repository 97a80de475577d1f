#include "edge/post/mosaic.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "edge/machine/round.h"
#include "edge/post/join_pieces.h"

namespace paucal::edge {
namespace {

constexpr float kTouches = 2;  // network pixels from an inner border: the box is cut there

// Joins pieces until none fit together, then drops duplicates.
std::vector<ScoredBox> join(std::vector<Piece> pieces, const NmsOptions& nms_options) {
  std::vector<ScoredBox> boxes;
  for (const Piece& piece : join_pieces(std::move(pieces))) boxes.push_back(piece.found);
  NmsOptions options = nms_options;
  options.vote = 0;  // neighbours have voted within their tiles
  return nms(std::move(boxes), options);
}

}  // namespace

std::optional<Failure> Mosaic::add(const Tile& tile, const RawPrediction& part) {
  const int stride_x = static_cast<int>(part.stride_x), stride_y = static_cast<int>(part.stride_y);
  if (sum_.maps.empty()) begin(part);
  if (part.stride_x != sum_.stride_x || part.stride_y != sum_.stride_y ||
      stride_x != part.stride_x || stride_y != part.stride_y || tile.x % stride_x != 0 ||
      tile.y % stride_y != 0)
    return failure("predict",
                   "a network of stride {} × {} at tile ({}, {}), expected one stride "
                   "that divides input.multiple",
                   part.stride_x, part.stride_y, tile.x, tile.y);
  add_maps(tile, part, tile.x / stride_x, tile.y / stride_y);
  add_scores(part.scores);
  add_boxes(tile, part);
  return std::nullopt;
}

RawPrediction Mosaic::result() {
  if (!card_.scores_hottest())
    for (double& score : sum_.scores) score /= count_;  // none where no tile counts
  if (card_.detector) sum_.boxes = join(std::move(pieces_), card_.detector->nms);
  return std::move(sum_);
}

void Mosaic::begin(const RawPrediction& part) {
  const Image& image = whole_.image;
  sum_.stride_x = part.stride_x;
  sum_.stride_y = part.stride_y;
  const auto width = static_cast<int>(ceil_div(image.width, static_cast<int>(part.stride_x)));
  const auto height = static_cast<int>(ceil_div(image.height, static_cast<int>(part.stride_y)));
  sum_.maps.assign(part.maps.size(), Map(width, height));
  margin_.assign(static_cast<size_t>(width) * height, -1);
  sum_.geometry = whole_.geometry
                      .cropped(0, 0, static_cast<int>(std::lround(width * part.stride_x)),
                               static_cast<int>(std::lround(height * part.stride_y)))
                      .resized(width, height);
}

void Mosaic::add_scores(const std::vector<double>& scores) {
  if (scores.empty()) return;
  if (count_++ == 0) {
    sum_.scores = scores;
    return;
  }
  for (size_t c = 0; c < scores.size(); ++c)
    sum_.scores[c] =
        card_.scores_hottest() ? std::max(sum_.scores[c], scores[c]) : sum_.scores[c] + scores[c];
}

void Mosaic::add_maps(const Tile& tile, const RawPrediction& part, int left, int top) {
  const Map& first = part.maps[0];
  const int width = sum_.maps[0].width, height = sum_.maps[0].height;
  const bool inner[] = {tile.x > 0, tile.y > 0, tile.x + tile.width < whole_.image.width,
                        tile.y + tile.height < whole_.image.height};
  for (int y = 0; y < std::min(first.height, height - top); ++y)
    for (int x = 0; x < std::min(first.width, width - left); ++x) {
      int margin = std::max(first.width, first.height);
      if (inner[0]) margin = std::min(margin, x);
      if (inner[1]) margin = std::min(margin, y);
      if (inner[2]) margin = std::min(margin, first.width - 1 - x);
      if (inner[3]) margin = std::min(margin, first.height - 1 - y);
      int& best = margin_[static_cast<size_t>(top + y) * width + left + x];
      if (margin <= best) continue;
      best = margin;
      for (size_t c = 0; c < part.maps.size(); ++c)
        sum_.maps[c].at(left + x, top + y) = part.maps[c].at(x, y);
    }
}

void Mosaic::add_boxes(const Tile& tile, const RawPrediction& part) {
  const Geometry& g = whole_.geometry;
  for (const ScoredBox& found : part.boxes) {
    const Box box = g.to_network(found.box);
    const auto x0 = static_cast<float>(tile.x), y0 = static_cast<float>(tile.y);
    const auto x1 = static_cast<float>(tile.x + tile.width);
    const auto y1 = static_cast<float>(tile.y + tile.height);
    Piece piece{found};
    piece.left = tile.x > 0 && box.x0 < x0 + kTouches;
    piece.top = tile.y > 0 && box.y0 < y0 + kTouches;
    piece.right = tile.x + tile.width < whole_.image.width && box.x1 > x1 - kTouches;
    piece.bottom = tile.y + tile.height < whole_.image.height && box.y1 > y1 - kTouches;
    pieces_.push_back(piece);
  }
}

void Mosaic::fill(const RawPrediction& copy, int shrink, float most) {
  const double cell_x = sum_.stride_x / (copy.stride_x * shrink);
  const double cell_y = sum_.stride_y / (copy.stride_y * shrink);
  const Map& from = copy.maps[0];
  for (int y = 0; y < sum_.maps[0].height; ++y) {
    const int row = std::min(from.height - 1, static_cast<int>((y + .5) * cell_y));
    for (int x = 0; x < sum_.maps[0].width; ++x) {
      if (margin_[static_cast<size_t>(y) * sum_.maps[0].width + x] >= 0) continue;
      const int column = std::min(from.width - 1, static_cast<int>((x + .5) * cell_x));
      for (size_t c = 0; c < sum_.maps.size(); ++c)
        sum_.maps[c].at(x, y) = std::min(most, copy.maps[c].at(column, row));
    }
  }
}

}  // namespace paucal::edge
