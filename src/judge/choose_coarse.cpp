#include "judge/choose_coarse.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/host/log.h"
#include "base/median.h"
#include "edge/post/coarse.h"
#include "edge/post/views.h"

namespace paucal::judge {
namespace {

constexpr double kWorthwhile = .7;  // of the work of looking at all tiles in full
constexpr double kMargin = .25;     // of the way from the lowest needed peak to the median

// A held-out image in tiles, as the network saw it in full.
struct Tiled {
  std::shared_ptr<const edge::Fitted> image;
  std::vector<edge::Tile> tiles;
  std::vector<bool> needed;
  bool ng = false;
};

bool holds_box(const edge::ModelCard& card, const edge::Fitted& image, const RawPrediction& raw,
               const edge::Tile& tile) {
  return std::ranges::any_of(edge::boxes_from(raw, card.detector->score), [&](const auto& found) {
    const edge::Box box = image.geometry.to_network(found.box);
    return box.x1 > tile.x && box.y1 > tile.y && box.x0 < tile.x + tile.width &&
           box.y0 < tile.y + tile.height;
  });
}

// A tile's score is no higher than its peak, so one whose peak is OK is OK.
Tiled tiled(const edge::ModelCard& card, std::shared_ptr<const edge::Fitted> image,
            const RawPrediction& raw) {
  Tiled result{std::move(image), {}, {}, false};
  const edge::Image& pixels = result.image->image;
  result.tiles = edge::plan_tiles(pixels.width, pixels.height, card.input);
  const edge::Calibration& c = card.calibration;
  result.ng = c.ng(raw.scores[0]) >= c.threshold;
  const double seed = edge::logit_of_heat(c, std::max(c.box_heat, c.box_peak));
  const auto peaks = edge::peaks_of(raw.maps[0], raw.stride_x, raw.stride_y, result.tiles);
  for (size_t i = 0; i < peaks.size(); ++i) {
    const bool shows =
        card.detector ? holds_box(card, *result.image, raw, result.tiles[i]) : peaks[i] >= seed;
    result.needed.push_back(result.ng && (shows || c.ng(peaks[i]) >= c.threshold));
  }
  return result;
}

// The work of a look by way of a copy, all tiles in full being 1.
struct Choice {
  edge::CoarseLook look;
  double work = INFINITY;
};

double share_at_least(const std::vector<float>& peaks, double bound) {
  const auto seen = std::ranges::count_if(peaks, [&](float peak) { return !(peak < bound); });
  return static_cast<double>(std::max<ptrdiff_t>(1, seen)) / static_cast<double>(peaks.size());
}

Choice choice_at(int shrink, const edge::ModelCard& card, const std::vector<Tiled>& images,
                 const RawOfImage& of_copy) {
  std::vector<std::vector<float>> peaks;
  std::vector<float> needed;  // of each NG image the lowest
  for (const Tiled& one : images) {
    const RawPrediction copy = of_copy(edge::shrunk_copy(*one.image, shrink));
    peaks.push_back(
        edge::peaks_of(copy.maps[0], copy.stride_x * shrink, copy.stride_y * shrink, one.tiles));
    float lowest = INFINITY;
    for (size_t i = 0; i < one.tiles.size(); ++i)
      if (one.needed[i]) lowest = std::min(lowest, peaks.back()[i]);
    if (one.ng && lowest < INFINITY) needed.push_back(lowest);
  }
  Choice choice;
  if (std::ssize(needed) < kFewestNg) return choice;
  edge::CoarseLook& look = choice.look;
  look.shrink = shrink;
  look.images = std::ssize(images);
  look.ng_images = std::ssize(needed);
  const double lowest = std::ranges::min(needed);
  look.bound = lowest - kMargin * (median(needed) - lowest);
  double ok = 0, ng = 0;
  for (size_t i = 0; i < images.size(); ++i)
    (images[i].ng ? ng : ok) += share_at_least(peaks[i], look.bound);
  const auto oks = static_cast<double>(look.images - look.ng_images);
  look.seen_ng = ng / static_cast<double>(look.ng_images);
  look.seen_ok = oks > 0 ? ok / oks : look.seen_ng;
  const double passes = static_cast<double>(edge::flips_of(card).size());
  choice.work = 1 / (passes * shrink * shrink) + look.seen_ok;
  return choice;
}

}  // namespace

std::optional<edge::CoarseLook> choose_coarse(const edge::ModelCard& card, const HeldOut& held,
                                              const RawOfImage& of_copy) {
  edge::ModelCard may = card;
  may.coarse.emplace();
  std::vector<Tiled> images;
  for (size_t i = 0; i < held.records.size(); ++i) {
    auto image = held.cache.get(held.records[i]);
    if (edge::looks_coarsely(may, image->image))
      images.push_back(tiled(card, std::move(image), held.raw[i]));
  }
  if (images.empty()) return std::nullopt;
  const int64_t ng = std::ranges::count_if(images, &Tiled::ng);
  if (ng < kFewestNg) {
    log::info(
        "calibrate: all tiles are looked at in full: {} held-out images in tiles called NG, "
        "expected at least {} to choose from",
        ng, kFewestNg);
    return std::nullopt;
  }
  Choice best;
  for (const int shrink : {4, 2, 1})
    if (Choice choice = choice_at(shrink, card, images, of_copy); choice.work < best.work)
      best = choice;
  if (!(best.work <= kWorthwhile)) {
    log::info(
        "calibrate: all tiles are looked at in full: a smaller copy would leave {:.0f} % of "
        "the work on OK images",
        100 * best.work);
    return std::nullopt;
  }
  return best.look;
}

double missed_95(const edge::CoarseLook& coarse) {
  return coarse.ng_images > 0 ? 1 - std::pow(.05, 1 / static_cast<double>(coarse.ng_images)) : 1;
}

}  // namespace paucal::judge
