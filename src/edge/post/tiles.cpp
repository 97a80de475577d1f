#include "edge/post/tiles.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace paucal::edge {
namespace {

constexpr float kTouches = 2;        // network pixels from an inner border: the box is cut there
constexpr float kSameObject = 0.5f;  // share of the smaller box, or of its side along the seam

std::vector<int> plan_side(int length, const PreprocessOptions& options) {
  std::vector<int> starts{0};
  const int grid = std::max(1, options.multiple);
  const int step = std::max(grid, (options.tile - options.tile_overlap) / grid * grid);
  while (starts.back() + options.tile < length) {
    const int last = (length - options.tile + grid - 1) / grid * grid;
    starts.push_back(std::min(starts.back() + step, last));
  }
  return starts;
}

// A box, and which of its sides an inner border of its tile cuts.
struct Piece {
  ScoredBox found;
  bool left = false, top = false, right = false, bottom = false;
  bool cut() const { return left || top || right || bottom; }
};

float shared(float a0, float a1, float b0, float b1) {
  return std::max(0.f, std::min(a1, b1) - std::max(a0, b0));
}

// Whether two pieces are of one object: one lies mostly within the other, or they face each other
// across a seam.
bool of_one_object(const Piece& a, const Piece& b) {
  if (a.found.label != b.found.label || (!a.cut() && !b.cut())) return false;
  const Box &p = a.found.box, &q = b.found.box;
  const float across = shared(p.x0, p.x1, q.x0, q.x1), along = shared(p.y0, p.y1, q.y0, q.y1);
  if (across * along >= kSameObject * std::min(p.area(), q.area()) && across * along > 0)
    return true;
  const bool beside = (a.right && b.left) || (a.left && b.right);
  const bool above = (a.bottom && b.top) || (a.top && b.bottom);
  return (beside && across > 0 && along >= kSameObject * std::min(p.height(), q.height())) ||
         (above && along > 0 && across >= kSameObject * std::min(p.width(), q.width()));
}

// Joins pieces until none fit together, then drops duplicates.
std::vector<ScoredBox> join(std::vector<Piece> pieces, const NmsOptions& nms_options) {
  for (bool joined = true; joined;) {
    joined = false;
    for (size_t i = 0; i < pieces.size(); ++i)
      for (size_t k = i + 1; k < pieces.size();) {
        Piece &a = pieces[i], &b = pieces[k];
        if (!of_one_object(a, b)) {
          ++k;
          continue;
        }
        Box& box = a.found.box;
        const Box& more = b.found.box;
        // A side is cut still if whichever piece reaches farther is cut there.
        a.left = more.x0 < box.x0 ? b.left : box.x0 < more.x0 ? a.left : a.left && b.left;
        a.top = more.y0 < box.y0 ? b.top : box.y0 < more.y0 ? a.top : a.top && b.top;
        a.right = more.x1 > box.x1 ? b.right : box.x1 > more.x1 ? a.right : a.right && b.right;
        a.bottom = more.y1 > box.y1 ? b.bottom : box.y1 > more.y1 ? a.bottom : a.bottom && b.bottom;
        box = {std::min(box.x0, more.x0), std::min(box.y0, more.y0), std::max(box.x1, more.x1),
               std::max(box.y1, more.y1)};
        a.found.score = std::max(a.found.score, b.found.score);
        pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(k));
        joined = true;
      }
  }
  std::vector<ScoredBox> boxes;
  for (const Piece& piece : pieces) boxes.push_back(piece.found);
  NmsOptions options = nms_options;
  options.vote = 0;  // neighbours have voted within their tiles
  return nms(std::move(boxes), options);
}

// Puts the predictions of tiles together.
class Mosaic {
 public:
  Mosaic(const ModelCard& card, const Fitted& whole) : card_(card), whole_(whole) {}

  std::optional<Failure> add(const Tile& tile, const RawPrediction& part) {
    if (sum_.maps.empty()) begin(part);
    const int stride_x = static_cast<int>(part.stride_x),
              stride_y = static_cast<int>(part.stride_y);
    if (part.stride_x != sum_.stride_x || part.stride_y != sum_.stride_y ||
        tile.x % stride_x != 0 || tile.y % stride_y != 0)
      return failure("predict",
                     "a network of stride {} × {} at tile ({}, {}), expected one stride "
                     "that divides input.multiple",
                     part.stride_x, part.stride_y, tile.x, tile.y);
    add_maps(tile, part, tile.x / stride_x, tile.y / stride_y);
    for (size_t c = 0; c < part.scores.size(); ++c)
      sum_.scores[c] = card_.task == Task::kInspection ? std::max(sum_.scores[c], part.scores[c])
                                                       : sum_.scores[c] + part.scores[c];
    add_boxes(tile, part);
    ++count_;
    return std::nullopt;
  }

  RawPrediction result() {
    if (card_.task != Task::kInspection)
      for (double& score : sum_.scores) score /= count_;
    if (card_.detector) sum_.boxes = join(std::move(pieces_), card_.detector->nms);
    return std::move(sum_);
  }

 private:
  void begin(const RawPrediction& part) {
    const Image& image = whole_.image;
    sum_.stride_x = part.stride_x;
    sum_.stride_y = part.stride_y;
    const int width = static_cast<int>(std::ceil(image.width / part.stride_x));
    const int height = static_cast<int>(std::ceil(image.height / part.stride_y));
    sum_.maps.assign(part.maps.size(), Map(width, height));
    margin_.assign(static_cast<size_t>(width) * height, -1);
    sum_.scores.assign(part.scores.size(), card_.task == Task::kInspection ? -INFINITY : 0);
    sum_.geometry = whole_.geometry
                        .cropped(0, 0, static_cast<int>(std::lround(width * part.stride_x)),
                                 static_cast<int>(std::lround(height * part.stride_y)))
                        .resized(width, height);
  }

  void add_maps(const Tile& tile, const RawPrediction& part, int left, int top) {
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

  void add_boxes(const Tile& tile, const RawPrediction& part) {
    const Geometry& g = whole_.geometry;
    for (const ScoredBox& found : part.boxes) {
      const Box box = g.to_network(found.box);
      const auto x0 = static_cast<float>(tile.x), y0 = static_cast<float>(tile.y);
      const auto x1 = static_cast<float>(tile.x + tile.width);
      const auto y1 = static_cast<float>(tile.y + tile.height);
      pieces_.push_back({found,
                         tile.x > 0 && box.x0<x0 + kTouches, tile.y> 0 && box.y0 < y0 + kTouches,
                         tile.x + tile.width < whole_.image.width && box.x1 > x1 - kTouches,
                         tile.y + tile.height < whole_.image.height && box.y1 > y1 - kTouches});
    }
  }

  const ModelCard& card_;
  const Fitted& whole_;
  RawPrediction sum_;
  std::vector<int> margin_;  // of each cell: how far the tile's inner border is, in cells
  std::vector<Piece> pieces_;
  int count_ = 0;
};

}  // namespace

std::vector<Tile> plan_tiles(int width, int height, const PreprocessOptions& options) {
  std::vector<Tile> tiles;
  for (const int y : plan_side(height, options))
    for (const int x : plan_side(width, options))
      tiles.push_back(
          {x, y, std::min(options.tile, width - x), std::min(options.tile, height - y)});
  return tiles;
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
  Fitted part{Image(tile.width, tile.height, whole.image.channels),
              whole.geometry.cropped(tile.x, tile.y, tile.width, tile.height), whole.of_whole};
  const auto channels = static_cast<size_t>(whole.image.channels);
  for (int y = 0; y < tile.height; ++y)
    std::copy_n(whole.image.row(tile.y + y) + static_cast<size_t>(tile.x) * channels,
                static_cast<size_t>(tile.width) * channels, part.image.row(y));
  return part;
}

Result<RawPrediction> predict_tiled(const ModelCard& card, const Fitted& whole,
                                    const Network& network) {
  if (auto wrong = check(card.input)) return *wrong;
  Mosaic mosaic(card, whole);
  for (const Tile& tile : plan_tiles(whole.image.width, whole.image.height, card.input)) {
    const auto raw = predict_raw(card, cut_out(whole, tile), network);
    if (!raw.ok()) return raw.failure();
    if (auto wrong = mosaic.add(tile, *raw)) return *wrong;
  }
  return mosaic.result();
}

}  // namespace paucal::edge
