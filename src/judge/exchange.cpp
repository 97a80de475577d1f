#include "judge/exchange.h"

#include <algorithm>
#include <cmath>

#include "edge/image/deep.h"
#include "edge/pre/resize.h"

namespace paucal::judge {
namespace {

constexpr int kTries = 64;             // of random places
constexpr double kCompared = 1 << 16;  // pixels of an image that are compared
constexpr int kRounds = 60;            // of smoothing; light changes slowly

// From a cell to its pixels: [first, last) along one side.
struct Span {
  int first = 0, last = 0;
};
Span pixels_of(int cell, double stride, int size) {
  const auto at = [&](int i) { return std::min(size, static_cast<int>(std::lround(i * stride))); };
  return {at(cell), at(cell + 1)};
}

uint8_t at(const CellSet& places, int x, int y) {
  return places.cells[static_cast<size_t>(y) * places.width + x];
}

CellSet grown(const CellSet& places, int by) {
  CellSet result = places;
  for (int y = 0; y < places.height; ++y)
    for (int x = 0; x < places.width; ++x) {
      if (!at(places, x, y)) continue;
      for (int v = std::max(0, y - by); v <= std::min(places.height - 1, y + by); ++v)
        for (int u = std::max(0, x - by); u <= std::min(places.width - 1, x + by); ++u)
          result.cells[static_cast<size_t>(v) * places.width + u] = 1;
    }
  return result;
}

size_t index_of(const edge::Image& image, int x, int y, int c) {
  return static_cast<size_t>((int64_t{y} * image.width + x) * image.channels + c);
}

// A sample in levels of 255, with fractions at full depth.
float level_at(const edge::Image& image, int x, int y, int c) {
  const size_t i = index_of(image, x, y, c);
  return image.is_deep() ? static_cast<float>(image.deep[i]) / 257 : image.pixels[i];
}

void put_level(edge::Image& image, int x, int y, int c, float level) {
  level = std::clamp(level, 0.f, 255.f);
  const size_t i = index_of(image, x, y, c);
  if (image.is_deep())
    image.deep[i] = static_cast<uint16_t>(std::lround(257 * level));
  else
    image.pixels[i] = static_cast<uint8_t>(std::lround(level));
}

// Mean of a - b over the pixels of each cell, one channel; `known`: the cells that have a value.
edge::Map mean_difference(const edge::Image& a, const edge::Image& b, const CellSet& places,
                          int channel, std::vector<uint8_t>& known) {
  edge::Map map(places.width, places.height);
  known.assign(map.values.size(), 0);
  for (int y = 0; y < map.height; ++y) {
    const Span rows = pixels_of(y, places.stride_y, a.height);
    for (int x = 0; x < map.width; ++x) {
      const Span columns = pixels_of(x, places.stride_x, a.width);
      const int pixels = (rows.last - rows.first) * (columns.last - columns.first);
      if (at(places, x, y) || pixels == 0) continue;
      double sum = 0;
      for (int v = rows.first; v < rows.last; ++v)
        for (int u = columns.first; u < columns.last; ++u)
          sum += level_at(a, u, v, channel) - level_at(b, u, v, channel);
      map.at(x, y) = static_cast<float>(sum) / static_cast<float>(pixels);
      known[static_cast<size_t>(y) * map.width + x] = 1;
    }
  }
  return map;
}

// The mean of the neighbours that have a value; nothing where none has.
std::optional<float> mean_around(const edge::Map& map, const std::vector<uint8_t>& valued, int x,
                                 int y) {
  float sum = 0;
  int count = 0;
  for (const auto& [u, v] : {std::pair{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}}) {
    if (u < 0 || v < 0 || u >= map.width || v >= map.height) continue;
    if (!valued[static_cast<size_t>(v) * map.width + u]) continue;
    sum += map.at(u, v);
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<float>(count);
}

// Gives the unknown cells values: from the border inwards first, then each the mean of those around
// it. All 0 where nothing is known.
void continue_into(edge::Map& map, const std::vector<uint8_t>& known) {
  std::vector<int> unknown;
  for (size_t i = 0; i < known.size(); ++i)
    if (!known[i]) unknown.push_back(static_cast<int>(i));
  std::vector<uint8_t> valued = known;
  for (bool grew = true; grew;) {
    std::vector<int> reached;
    for (const int i : unknown) {
      if (valued[static_cast<size_t>(i)]) continue;
      const auto mean = mean_around(map, valued, i % map.width, i / map.width);
      if (!mean) continue;
      map.values[static_cast<size_t>(i)] = *mean;
      reached.push_back(i);
    }
    for (const int i : reached) valued[static_cast<size_t>(i)] = 1;
    grew = !reached.empty();
  }
  for (int round = 0; round < kRounds; ++round)
    for (const int i : unknown)
      if (const auto mean = mean_around(map, valued, i % map.width, i / map.width))
        map.values[static_cast<size_t>(i)] = *mean;
}

// A map of cells at the size of their pixels, which may reach beyond the image.
edge::Map at_pixels(const edge::Map& map, const CellSet& places) {
  return edge::resize(map, std::max(1, static_cast<int>(std::lround(map.width * places.stride_x))),
                      std::max(1, static_cast<int>(std::lround(map.height * places.stride_y))));
}

float pixel(const edge::Map& map, int x, int y) {
  return map.at(std::min(x, map.width - 1), std::min(y, map.height - 1));
}

}  // namespace

double CellSet::share() const {
  return static_cast<double>(std::ranges::count(cells, 1)) / static_cast<double>(cells.size());
}

CellSet hot_places(const edge::ModelCard& card, const RawPrediction& raw) {
  const edge::Map heat = edge::heat_of_channel(card, raw, 0);
  CellSet places{heat.width, heat.height, raw.stride_x, raw.stride_y, {}};
  for (const float value : heat.values) places.cells.push_back(value >= card.calibration.box_heat);
  const auto hottest = std::ranges::max_element(heat.values) - heat.values.begin();
  places.cells[static_cast<size_t>(hottest)] = 1;
  return grown(places, card.upscale);
}

std::optional<CellSet> moved_away(const CellSet& places, Random& random) {
  for (int i = 0; i < kTries; ++i) {
    const auto dx = static_cast<int>(random.below(places.width));
    const auto dy = static_cast<int>(random.below(places.height));
    CellSet moved = places;
    bool apart = true;
    for (int y = 0; y < places.height; ++y)
      for (int x = 0; x < places.width; ++x) {
        const uint8_t here = at(places, (x + dx) % places.width, (y + dy) % places.height);
        moved.cells[static_cast<size_t>(y) * places.width + x] = here;
        apart = apart && !(here && at(places, x, y));
      }
    if (apart) return moved;
  }
  return std::nullopt;
}

double difference_outside(const edge::Image& a, const edge::Image& b, const CellSet& places) {
  const auto step =
      std::max(1, static_cast<int>(std::sqrt(static_cast<double>(a.width) * a.height / kCompared)));
  double variance = 0;
  for (int c = 0; c < a.channels; ++c) {
    double sum = 0, squares = 0, count = 0;
    for (int y = 0; y < a.height; y += step) {
      const int row = std::min(static_cast<int>(y / places.stride_y), places.height - 1);
      for (int x = 0; x < a.width; x += step) {
        if (at(places, std::min(static_cast<int>(x / places.stride_x), places.width - 1), row))
          continue;
        const double difference = level_at(a, x, y, c) - level_at(b, x, y, c);
        sum += difference;
        squares += difference * difference;
        ++count;
      }
    }
    if (count > 0) variance += squares / count - (sum / count) * (sum / count);
  }
  return variance;
}

edge::Image filled(const edge::Image& image, const edge::Image& donor, const CellSet& places) {
  edge::Map share(places.width, places.height);
  std::ranges::copy(places.cells, share.values.begin());
  const edge::Map faded = at_pixels(share, places);
  edge::Image result = image;
  std::vector<uint8_t> known;
  for (int c = 0; c < image.channels; ++c) {
    edge::Map difference = mean_difference(image, donor, places, c, known);
    continue_into(difference, known);
    const edge::Map light = at_pixels(difference, places);
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) {
        const float a = pixel(faded, x, y);
        if (a <= 0) continue;
        const float there = level_at(donor, x, y, c) + pixel(light, x, y);
        put_level(result, x, y, c, (1 - a) * level_at(image, x, y, c) + a * there);
      }
  }
  if (result.is_deep()) edge::show_deep(result);
  return result;
}

}  // namespace paucal::judge
