// Fitted image → canvas (mirrored or not) → network → pooled scores and maps cut to the image.

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "edge/machine/round.h"
#include "edge/post/interpret.h"
#include "edge/post/sub_cells.h"
#include "edge/post/tiles.h"
#include "edge/post/views.h"

namespace paucal::edge {
namespace {

// Of an upright map: which cells count, those whose centre lies in the image and not in the
// padding; the first in any case, so that an image smaller than a cell has one too. An even stride
// has no middle pixel; the one right of the middle is taken in the network's view, so in a mirrored
// pass it is the one left of it.
std::vector<uint8_t> valid_cells(const Fitted& fitted, const Planes& canvas, const Planes& maps,
                                 Flip flip) {
  const auto centre = [](int cell, int size, int cells, bool mirrored) {
    const int stride = size / cells;
    if (!mirrored) return cell * stride + stride / 2;
    return size - 1 - ((cells - 1 - cell) * stride + stride / 2);
  };
  std::vector<uint8_t> cells(maps.plane());
  for (int y = 0; y < maps.height; ++y)
    for (int x = 0; x < maps.width; ++x)
      cells[static_cast<size_t>(y) * maps.width + x] =
          (y == 0 || centre(y, canvas.height, maps.height, flip.y) < fitted.image.height) &&
          (x == 0 || centre(x, canvas.width, maps.width, flip.x) < fitted.image.width);
  return cells;
}

// Mean of the largest `share` of the cells, at least one; of all where share is 1.
double top_mean(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto count = std::clamp<size_t>(
      static_cast<size_t>(std::nearbyint(static_cast<double>(values.size()) * share)), 1,
      values.size());
  // NaN last: it must neither break the order nor hide the rest.
  std::ranges::partial_sort(
      values, values.begin() + static_cast<std::ptrdiff_t>(count),
      [](float a, float b) { return std::isnan(b) ? !std::isnan(a) : a > b; });
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += values[i];
  return sum / static_cast<double>(count);
}

// Of which cells something is seen, in the region of interest and beside what a mask hides.
void leave_out_hidden(const ModelCard& card, const Fitted& fitted, const Planes& canvas,
                      const Planes& maps, std::vector<uint8_t>& cells) {
  const Region region = region_of(fitted.geometry, card.input);
  if (!region.ignored) return;
  const Geometry geometry =
      fitted.geometry.cropped(0, 0, canvas.width, canvas.height).resized(maps.width, maps.height);
  const Map shares = counted_shares(region, geometry, maps.width, maps.height);
  for (size_t i = 0; i < cells.size(); ++i) cells[i] = cells[i] && shares.values[i] > kLeastCounted;
}

// One image logit a channel; none where no cell counts. A defect counts by the cells that it
// reaches, whatever their places.
std::vector<double> pooled(const ModelCard& card, const Fitted& fitted, const Planes& canvas,
                           const Planes& upright, Flip flip) {
  const bool peaks = card.upscale > 1 && card.scores_hottest();
  const Planes maps = peaks ? cell_peaks(upright, card.upscale) : upright;
  std::vector<uint8_t> cells = valid_cells(fitted, canvas, maps, flip);
  leave_out_hidden(card, fitted, canvas, maps, cells);
  if (std::ranges::count(cells, 1) == 0) return {};
  const double share = card.scores_hottest() ? card.top : 1;
  std::vector<double> scores;
  std::vector<float> values;
  for (int c = 0; c < maps.channels; ++c) {
    values.clear();
    const float* plane = maps.values.data() + c * maps.plane();
    for (size_t i = 0; i < cells.size(); ++i)
      if (cells[i]) values.push_back(plane[i]);
    scores.push_back(top_mean(values, share));
  }
  return scores;
}

std::optional<Failure> check_maps(const ModelCard& card, const Planes& maps, const Planes& canvas) {
  if (maps.channels == card.channels() && maps.height >= card.upscale &&
      maps.width >= card.upscale && maps.height <= canvas.height && maps.width <= canvas.width &&
      maps.values.size() == maps.plane() * static_cast<size_t>(maps.channels))
    return std::nullopt;
  return failure("predict", "the network gave {} maps of {} × {}, expected {} of at most {} × {}",
                 maps.channels, maps.width, maps.height, card.channels(), canvas.width,
                 canvas.height);
}

std::optional<Failure> check_levels(const DetectorCard& card, const NetworkOutput& output) {
  const int anchors = card.anchors.per_cell();
  bool fits =
      output.logits.size() == card.strides.size() && output.deltas.size() == card.strides.size();
  for (size_t i = 0; fits && i < output.logits.size(); ++i) {
    const Planes &logits = output.logits[i], &deltas = output.deltas[i];
    fits = logits.channels == anchors * card.classes && deltas.channels == anchors * 4 &&
           logits.height >= 1 && logits.width >= 1 && logits.height == deltas.height &&
           logits.width == deltas.width &&
           logits.values.size() == logits.plane() * static_cast<size_t>(logits.channels) &&
           deltas.values.size() == deltas.plane() * static_cast<size_t>(deltas.channels);
  }
  if (fits) return std::nullopt;
  return failure("predict", "the network gave {} levels, expected {} of {} anchors a cell",
                 output.logits.size(), card.strides.size(), anchors);
}

// A detector's candidates of one pass, upright again, in network pixels of the unpadded image.
std::vector<ScoredBox> candidates(const DetectorCard& card, const NetworkOutput& output,
                                  const Planes& canvas, const Image& image, Flip flip) {
  std::vector<DenseLevel> levels;
  for (size_t i = 0; i < card.strides.size(); ++i)
    levels.push_back({card.strides[i], output.logits[i].width, output.logits[i].height,
                      output.logits[i].values.data(), output.deltas[i].values.data()});
  auto boxes =
      decode_dense(card.anchors, card.classes, levels, canvas.width, canvas.height, card.nms);
  boxes.insert(boxes.end(), output.boxes.begin(), output.boxes.end());
  const auto width = static_cast<float>(canvas.width), height = static_cast<float>(canvas.height);
  for (ScoredBox& found : boxes) {
    Box& b = found.box;
    if (flip.x) b = {width - b.x1, b.y0, width - b.x0, b.y1};
    if (flip.y) b = {b.x0, height - b.y1, b.x1, height - b.y0};
    b.x0 = std::min(b.x0, static_cast<float>(image.width));
    b.x1 = std::min(b.x1, static_cast<float>(image.width));
    b.y0 = std::min(b.y0, static_cast<float>(image.height));
    b.y1 = std::min(b.y1, static_cast<float>(image.height));
  }
  std::erase_if(boxes, [](const ScoredBox& found) { return found.box.area() <= 0; });
  return boxes;
}

// Cells that reach into the first `size` pixels of a side of the canvas.
int cells_of(int size, int canvas, int cells) {
  return static_cast<int>(std::min<int64_t>(cells, ceil_div(int64_t{size} * cells, canvas)));
}

void add_to(std::vector<float>& sum, const std::vector<float>& values) {
  if (sum.empty()) sum.resize(values.size());
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += values[i];
}

}  // namespace

Result<RawPrediction> predict_view(const ModelCard& card, const Fitted& fitted,
                                   const Network& network) {
  const Planes canvas = canvas_of(card, fitted);

  const auto flips = flips_of(card);
  RawPrediction raw;
  Planes heat;
  std::vector<ScoredBox> boxes;
  int scored = 0;  // views in which a cell counts
  for (const Flip flip : flips) {
    auto output = network(flipped(canvas, flip));
    if (!output.ok()) return output.failure();
    if (auto wrong = check_maps(card, output->maps, canvas)) return *wrong;
    if (card.detector) {
      if (auto wrong = check_levels(*card.detector, *output)) return *wrong;
      std::ranges::copy(candidates(*card.detector, *output, canvas, fitted.image, flip),
                        std::back_inserter(boxes));
    }
    // Upright again, so that the padding lies where it was put.
    Planes maps = flipped(output->maps, flip);
    const auto scores = pooled(card, fitted, canvas, maps, flip);
    scored += !scores.empty();
    raw.scores.resize(std::max(raw.scores.size(), scores.size()));
    for (size_t i = 0; i < scores.size(); ++i) raw.scores[i] += scores[i];
    if (!output->heat.values.empty()) maps = flipped(output->heat, flip);
    if (auto wrong = check_maps(card, maps, canvas)) return *wrong;
    heat.channels = maps.channels, heat.height = maps.height, heat.width = maps.width;
    if (!heat.values.empty() && heat.values.size() != maps.values.size())
      return failure("predict", "the network's maps change their size from run to run");
    add_to(heat.values, maps.values);
  }

  for (double& score : raw.scores) score /= scored;

  const Region region = region_of(fitted.geometry, card.input);
  if (card.detector)
    for (ScoredBox& found : nms(std::move(boxes), card.detector->nms)) {
      found.box = fitted.geometry.to_original(found.box);
      if (keep_counted(region, found.box)) raw.boxes.push_back(found);
    }

  // Padding is cut off; what remains may reach a part of a cell beyond the image.
  raw.stride_x = static_cast<double>(canvas.width) / heat.width;
  raw.stride_y = static_cast<double>(canvas.height) / heat.height;
  const int map_width = cells_of(fitted.image.width, canvas.width, heat.width);
  const int map_height = cells_of(fitted.image.height, canvas.height, heat.height);
  const auto scale = 1 / static_cast<float>(flips.size());
  for (int c = 0; c < heat.channels; ++c) {
    Map& map = raw.maps.emplace_back(map_width, map_height);
    for (int y = 0; y < map_height; ++y)
      for (int x = 0; x < map_width; ++x)
        map.at(x, y) =
            heat.values[c * heat.plane() + static_cast<size_t>(y) * heat.width + x] * scale;
  }
  raw.geometry = fitted.geometry
                     .cropped(0, 0, static_cast<int>(std::lround(map_width * raw.stride_x)),
                              static_cast<int>(std::lround(map_height * raw.stride_y)))
                     .resized(map_width, map_height);
  return raw;
}

Result<RawPrediction> predict_raw(const ModelCard& card, const Fitted& fitted,
                                  const Network& network) {
  Pool alone;
  return predict_raw(card, fitted, Crew{alone, std::span(&network, 1)});
}

Result<RawPrediction> predict_raw(const ModelCard& card, const Fitted& fitted, const Crew& crew) {
  if (fitted.image.empty()) return failure("predict", "an image of 0 pixels, expected at least 1");
  auto raw = in_tiles(fitted.image, card.input) ? predict_tiled(card, fitted, crew)
                                                : predict_view(card, fitted, crew.networks[0]);
  if (raw.ok() && raw->scores.empty())
    return failure("predict", "input.ignore hides every cell of the map, expected to see one");
  return raw;
}

}  // namespace paucal::edge
