#include "edge/post/coarse.h"

#include <algorithm>
#include <cmath>

#include "edge/machine/round.h"
#include "edge/post/mosaic.h"
#include "edge/pre/region.h"
#include "edge/pre/shrink.h"

namespace paucal::edge {
namespace {

constexpr size_t kFewTiles = 4;       // of so few a copy spares little
constexpr double kBelowBoxes = .001;  // of the heat's scale

// What a tile shows goes on in another: a region that makes a box, or a detector's box.
struct Reach {
  double logit;  // regions are at least this hot
  int apart;     // cells: regions nearer to each other are one defect
};

struct Cells {
  int begin, end;
};

// Cells of a map that begins at `start` which lie within [from, until) or nearer to it than
// `apart`.
Cells cells_within(int start, double cell, int cells, int from, int until, int apart) {
  const auto at = [&](int pixel) { return (pixel - start) / cell; };
  return {std::max(0, static_cast<int>(std::floor(at(from))) - apart),
          std::min(cells, static_cast<int>(std::ceil(at(until))) + apart)};
}

bool goes_on(const ModelCard& card, const Fitted& whole, const Tile& tile, const RawPrediction& raw,
             const Tile& other, const Reach& reach) {
  const Map& map = raw.maps[0];
  const Cells x =
      cells_within(tile.x, raw.stride_x, map.width, other.x, other.x + other.width, reach.apart);
  const Cells y =
      cells_within(tile.y, raw.stride_y, map.height, other.y, other.y + other.height, reach.apart);
  for (int row = y.begin; row < y.end; ++row)
    for (int column = x.begin; column < x.end; ++column)
      if (map.at(column, row) >= reach.logit) return true;
  if (!card.detector) return false;
  return std::ranges::any_of(raw.boxes, [&](const ScoredBox& found) {
    const Box box = whole.geometry.to_network(found.box);
    return found.score >= card.detector->score && box.x1 + raw.stride_x >= other.x &&
           box.y1 + raw.stride_y >= other.y && box.x0 - raw.stride_x <= other.x + other.width &&
           box.y0 - raw.stride_y <= other.y + other.height;
  });
}

// The tiles of an image, and those of them that were seen in full.
class Seen {
 public:
  Seen(const ModelCard& card, const Fitted& whole)
      : card_(card),
        whole_(whole),
        tiles_(plan_tiles(whole.image.width, whole.image.height, card.input)),
        raw_(tiles_.size()) {
    columns_ = std::ranges::count(tiles_, 0, &Tile::y);
    reach_.logit = logit_of_heat(card.calibration, card.calibration.box_heat);
    reach_.apart = 1 + static_cast<int>(std::min(1e4, std::ceil(card.calibration.box_join)));
  }

  std::span<const Tile> tiles() const { return tiles_; }

  std::optional<Failure> look(const std::vector<size_t>& numbers, const Crew& crew) {
    std::vector<Tile> some;
    for (const size_t number : numbers) some.push_back(tiles_[number]);
    auto said = look_at(card_, whole_, some, crew);
    if (!said.ok()) return said.failure();
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (const auto& scores = (*said)[i].scores; !scores.empty()) {
        scored_ = true;
        ng_ = ng_ || card_.calibration.ng(scores[0]) >= card_.calibration.threshold;
      }
      raw_[numbers[i]] = std::move((*said)[i]);
      ++count_;
    }
    return std::nullopt;
  }

  // Tiles not seen yet, in which something of the tiles `numbers` goes on; none in an OK image.
  std::vector<size_t> beyond(const std::vector<size_t>& numbers) const {
    std::vector<size_t> found;
    if (!ng_) return found;
    for (const size_t number : numbers)
      for (const size_t other : neighbours(number))
        if (!raw_[other] &&
            goes_on(card_, whole_, tiles_[number], *raw_[number], tiles_[other], reach_))
          found.push_back(other);
    std::ranges::sort(found);
    const auto rest = std::ranges::unique(found);
    found.erase(rest.begin(), rest.end());
    return found;
  }

  // Whether something counts in a tile that was seen.
  bool scored() const { return scored_; }

  std::vector<size_t> unseen() const {
    std::vector<size_t> numbers;
    for (size_t i = 0; i < raw_.size(); ++i)
      if (!raw_[i]) numbers.push_back(i);
    return numbers;
  }

  Result<RawPrediction> put_together(const RawPrediction& copy, int shrink) {
    Mosaic mosaic(card_, whole_);
    for (size_t i = 0; i < tiles_.size(); ++i)
      if (raw_[i])
        if (auto wrong = mosaic.add(tiles_[i], *raw_[i])) return *wrong;
    const Calibration& c = card_.calibration;
    mosaic.fill(copy, shrink, static_cast<float>(logit_of_heat(c, c.box_heat - kBelowBoxes)));
    RawPrediction result = mosaic.result();
    result.seen = static_cast<double>(count_) / static_cast<double>(tiles_.size());
    return result;
  }

 private:
  // The two next ones each way: the last tile of a row may overlap more than its neighbour.
  std::vector<size_t> neighbours(size_t number) const {
    const auto columns = static_cast<ptrdiff_t>(columns_);
    const auto count = std::ssize(tiles_), at = static_cast<ptrdiff_t>(number);
    std::vector<size_t> result;
    for (ptrdiff_t row = at / columns - 2; row <= at / columns + 2; ++row)
      for (ptrdiff_t column = std::max<ptrdiff_t>(0, at % columns - 2);
           column <= std::min(columns - 1, at % columns + 2); ++column)
        if (const ptrdiff_t other = row * columns + column; row >= 0 && other < count)
          result.push_back(static_cast<size_t>(other));
    return result;
  }

  const ModelCard& card_;
  const Fitted& whole_;
  std::vector<Tile> tiles_;
  std::vector<std::optional<RawPrediction>> raw_;  // of those that were seen
  ptrdiff_t columns_ = 1;
  size_t count_ = 0;
  Reach reach_{};
  bool scored_ = false, ng_ = false;
};

// The map of a copy; what is hidden is as cold as can be.
Map counted(const ModelCard& card, const RawPrediction& copy) {
  Map map = copy.maps[0];
  const Region region = region_of(copy.geometry, card.input);
  if (!region.ignored) return map;
  const Map shares = counted_shares(region, copy.geometry, map.width, map.height);
  for (size_t i = 0; i < map.values.size(); ++i)
    if (shares.values[i] <= kLeastCounted) map.values[i] = -INFINITY;
  return map;
}

// Those that reach the bound, and the hottest in any case. NaN is doubtful.
std::vector<size_t> doubtful(const std::vector<float>& peaks, double bound) {
  const size_t hottest = static_cast<size_t>(std::ranges::max_element(peaks) - peaks.begin());
  std::vector<size_t> result;
  for (size_t i = 0; i < peaks.size(); ++i)
    if (i == hottest || !(peaks[i] < bound)) result.push_back(i);
  return result;
}

}  // namespace

bool looks_coarsely(const ModelCard& card, const Image& fitted) {
  if (!card.coarse || card.input.coarse == Coarse::kOff || !card.scores_hottest() ||
      !in_tiles(fitted, card.input))
    return false;
  return count_tiles(fitted.width, fitted.height, card.input) >= kFewTiles;
}

ModelCard card_of_copy(const ModelCard& card) {
  ModelCard small = card;
  small.flips = false;
  small.coarse.reset();
  small.detector.reset();
  return small;
}

Fitted shrunk_copy(const Fitted& whole, int shrink) {
  Fitted copy{shrunk(whole.image, shrink), whole.geometry, {}};
  const int width = copy.image.width, height = copy.image.height;
  copy.geometry =
      whole.geometry.cropped(0, 0, width * shrink, height * shrink).resized(width, height);
  copy.of_whole = shrink == 1 ? whole.of_whole : image_moments(copy.image);
  return copy;
}

std::vector<float> peaks_of(const Map& map, double cell_x, double cell_y,
                            std::span<const Tile> tiles) {
  std::vector<float> peaks;
  for (const Tile& tile : tiles) {
    const Cells x = cells_within(0, cell_x, map.width, tile.x, tile.x + tile.width, 0);
    const Cells y = cells_within(0, cell_y, map.height, tile.y, tile.y + tile.height, 0);
    float peak = -INFINITY;
    for (int row = y.begin; row < y.end; ++row)
      for (int column = x.begin; column < x.end; ++column)
        if (const float value = map.at(column, row); !(value <= peak || std::isnan(peak)))
          peak = value;  // NaN, too, and then it stays
    peaks.push_back(peak);
  }
  return peaks;
}

Result<RawPrediction> predict_coarsely(const ModelCard& card, const Fitted& whole,
                                       const Crew& crew) {
  const int shrink = card.coarse->shrink;
  const auto copy = predict_raw(card_of_copy(card), shrunk_copy(whole, shrink), crew);
  if (!copy.ok()) return copy;
  Seen seen(card, whole);
  const auto peaks = peaks_of(counted(card, *copy), copy->stride_x * shrink,
                              copy->stride_y * shrink, seen.tiles());
  std::vector<size_t> next = doubtful(peaks, card.coarse->bound);
  while (!next.empty()) {
    if (auto wrong = seen.look(next, crew)) return *wrong;
    next = seen.beyond(next);
  }
  // The hottest cell of the copy may reach into a tile whose own cells are all hidden.
  if (!seen.scored())
    if (auto wrong = seen.look(seen.unseen(), crew)) return *wrong;
  return seen.put_together(*copy, shrink);
}

}  // namespace paucal::edge
