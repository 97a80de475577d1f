#include "edge/post/proposals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "edge/post/boxes.h"
#include "edge/post/contrast.h"
#include "edge/post/kept_boxes.h"

namespace paucal::edge {
namespace {

constexpr double kStep = 1.5;  // between sizes
constexpr std::array kRatios = {0.25, 0.5, 1., 2., 4.};
constexpr float kVariation = 0.5f, kDuplicate = 0.8f;  // IoU
constexpr double kFinest = 256;                        // rows of windows

struct Candidate {
  double contrast = 0;
  Box box;  // network pixels
};
using Candidates = std::vector<Candidate>;

// What candidates are read off.
struct Field {
  int width, height;  // cells
  float stride;       // network pixels a cell
  double min_side;    // network pixels
  std::vector<int64_t> values;
  Contrast contrast;

  Field(const Map& map, int stride, double min_side)
      : width(map.width),
        height(map.height),
        stride(static_cast<float>(stride)),
        min_side(min_side),
        values(normalised(map)),
        contrast(values, width, height) {}
  float pixels_wide() const { return static_cast<float>(width) * stride; }
  float pixels_high() const { return static_cast<float>(height) * stride; }
};

// Grown to the smallest side and moved into the map.
Box fitted(const Field& field, float cx, float cy, float width, float height) {
  const float wide = field.pixels_wide(), high = field.pixels_high();
  const auto smallest = static_cast<float>(field.min_side);
  width = std::min(std::max(width, smallest), wide);
  height = std::min(std::max(height, smallest), high);
  const float x0 = std::clamp(cx - width / 2, 0.f, wide - width);
  const float y0 = std::clamp(cy - height / 2, 0.f, high - height);
  return {x0, y0, std::min(x0 + width, wide), std::min(y0 + height, high)};
}

Box to_box(const Field& field, const Window& w) {
  return fitted(field, static_cast<float>(w.x0 + w.x1) / 2 * field.stride,
                static_cast<float>(w.y0 + w.y1) / 2 * field.stride,
                static_cast<float>(w.x1 - w.x0) * field.stride,
                static_cast<float>(w.y1 - w.y0) * field.stride);
}

void add(double contrast, const Box& box, Candidates& candidates) {
  if (contrast > 0) candidates.push_back({contrast, box});
}

// At shares of the peak, and where the map has its highest cells.
void add_components(const Field& field, Candidates& candidates) {
  Map map(field.width, field.height);
  for (size_t i = 0; i < field.values.size(); ++i)
    map.values[i] = static_cast<float>(field.values[i]);
  std::vector<float> sorted = map.values;
  std::sort(sorted.begin(), sorted.end());
  const float peak = sorted.back();
  if (!(peak > 0)) return;
  std::vector<float> levels;
  for (const float share : {0.2f, 0.35f, 0.5f, 0.65f, 0.8f}) levels.push_back(share * peak);
  for (const double quantile : {0.7, 0.85, 0.92, 0.96, 0.98, 0.99})
    levels.push_back(sorted[static_cast<size_t>(quantile * static_cast<double>(sorted.size()))]);
  for (const float level : levels) {
    if (!(level > sorted.front())) continue;  // all of the map
    for (const Component& component : find_components(map, level, level)) {
      const Box& box = component.box;
      const Window window{static_cast<int>(box.x0), static_cast<int>(box.y0),
                          static_cast<int>(box.x1), static_cast<int>(box.y1)};
      add(field.contrast(window), to_box(field, window), candidates);
    }
  }
}

struct WindowShape {
  int width = 0, height = 0;
  auto operator<=>(const WindowShape&) const = default;
};

std::vector<WindowShape> window_shapes(const Field& field) {
  std::vector<WindowShape> shapes;
  const int side = std::max(field.width, field.height);
  const int smallest =
      std::clamp(static_cast<int>(std::ceil(field.min_side / field.stride)), 1, side);
  const auto within = [smallest](double length, int limit) {
    return std::clamp(static_cast<int>(std::lround(length)), std::min(smallest, limit), limit);
  };
  for (double size = smallest; size < kStep * side; size *= kStep)
    for (const double ratio : kRatios)
      shapes.push_back({within(size / std::sqrt(ratio), field.width),
                        within(size * std::sqrt(ratio), field.height)});
  std::sort(shapes.begin(), shapes.end());
  shapes.erase(std::unique(shapes.begin(), shapes.end()), shapes.end());
  return shapes;
}

bool is_highest(const double* at, size_t pitch) {
  for (const double* line : {at - pitch, at, at + pitch})
    if (line[-1] > *at || line[0] > *at || line[1] > *at) return false;
  return true;
}

// The places that are no worse than the eight around them, so that one strong object does not fill
// the list.
void add_places(const Field& field, const WindowShape& shape, Candidates& candidates) {
  const int dx = std::max(1, shape.width / 4), dy = std::max(1, shape.height / 4);
  const int columns = (field.width - shape.width + dx - 1) / dx + 1;
  const int rows = (field.height - shape.height + dy - 1) / dy + 1;
  const auto window = [&](int column, int row) {
    const int x = std::min(column * dx, field.width - shape.width);
    const int y = std::min(row * dy, field.height - shape.height);
    return Window{x, y, x + shape.width, y + shape.height};
  };
  const size_t pitch = static_cast<size_t>(columns) + 2;  // with a border
  std::vector<double> found(pitch * (static_cast<size_t>(rows) + 2), 0);
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column)
      found[pitch * (row + 1) + column + 1] = field.contrast(window(column, row));
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const double* at = found.data() + pitch * (row + 1) + column + 1;
      if (*at > 0 && is_highest(at, pitch))
        add(*at, to_box(field, window(column, row)), candidates);
    }
}

void add_small_at(const Field& field, double cx, double cy, double contrast,
                  Candidates& candidates) {
  constexpr double kLess = 0.9;  // the map says nothing of sizes below a cell: the largest first
  for (double side = field.stride / kStep; contrast > 0; side /= kStep) {
    side = std::max(side, field.min_side);
    contrast *= kLess;
    for (const double ratio : {1., 0.5, 2.})
      add(ratio == 1 ? contrast : contrast * kLess,
          fitted(field, static_cast<float>(cx), static_cast<float>(cy),
                 static_cast<float>(side / std::sqrt(ratio)),
                 static_cast<float>(side * std::sqrt(ratio))),
          candidates);
    if (side <= field.min_side) return;
  }
}

// Boxes smaller than a cell, about the highest cells: at the centre of what rises above the lowest
// cell around.
void add_small(const Field& field, Candidates& candidates) {
  if (field.min_side >= field.stride) return;
  const auto value = [&](int x, int y) {
    return field.values[static_cast<size_t>(std::clamp(y, 0, field.height - 1)) * field.width +
                        std::clamp(x, 0, field.width - 1)];
  };
  for (int y = 0; y < field.height; ++y)
    for (int x = 0; x < field.width; ++x) {
      const int64_t here = value(x, y);
      int64_t lowest = here, highest = here;
      for (int i = 0; i < 9; ++i) {
        lowest = std::min(lowest, value(x + i % 3 - 1, y + i / 3 - 1));
        highest = std::max(highest, value(x + i % 3 - 1, y + i / 3 - 1));
      }
      if (here <= 0 || here < highest || here == lowest) continue;
      double total = 0, shift_x = 0, shift_y = 0;
      for (int i = 0; i < 9; ++i) {
        const auto mass = static_cast<double>(value(x + i % 3 - 1, y + i / 3 - 1) - lowest);
        total += mass;
        shift_x += mass * (i % 3 - 1);
        shift_y += mass * (i / 3 - 1);
      }
      add_small_at(field, (x + .5 + shift_x / total) * field.stride,
                   (y + .5 + shift_y / total) * field.stride, field.contrast({x, y, x + 1, y + 1}),
                   candidates);
    }
}

// The boxes taken so far.
struct Chosen {
  KeptBoxes kept;
  std::vector<Box> boxes;

  void add_unless_overlapping(const Box& box, float overlap) {
    if (kept.overlap(box, overlap)) return;
    kept.add(box);
    boxes.push_back(box);
  }
  // Whether a better box covers more than a part of it, or it of one.
  bool shares_a_place(const Box& box) const {
    constexpr float kPart = 0.25f;
    return std::any_of(boxes.begin(), boxes.end(), [&](const Box& better) {
      const Box both{std::max(box.x0, better.x0), std::max(box.y0, better.y0),
                     std::min(box.x1, better.x1), std::min(box.y1, better.y1)};
      return both.area() > kPart * std::min(box.area(), better.area());
    });
  }
};

// The best of each octave of sizes, then the second best of each, and so on: high contrast is had
// by small boxes, and says little of how far an object reaches.
std::vector<Box> sizes_in_turn(const Candidates& candidates, double min_side, size_t count) {
  std::vector<std::vector<Box>> octaves;
  for (const Candidate& candidate : candidates) {
    const double side = std::sqrt(candidate.box.area()) / min_side;
    const auto octave = static_cast<size_t>(std::max(0., std::log2(side)));
    if (octave >= octaves.size()) octaves.resize(octave + 1);
    if (octaves[octave].size() < 32 * count) octaves[octave].push_back(candidate.box);
  }
  std::vector<Box> result;
  size_t longest = 0;
  for (const auto& octave : octaves) longest = std::max(longest, octave.size());
  for (size_t i = 0; i < longest; ++i)
    for (const auto& octave : octaves)
      if (i < octave.size()) result.push_back(octave[i]);
  return result;
}

// Distinct places first, without parts of a better box; then variations of them.
Chosen choose(Candidates candidates, double min_side, size_t count) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.contrast > b.contrast; });
  Chosen chosen;
  for (const Candidate& candidate : candidates) {
    if (chosen.boxes.size() >= count / 4) break;
    if (!chosen.shares_a_place(candidate.box))
      chosen.add_unless_overlapping(candidate.box, kVariation);
  }
  const std::vector<Box> by_size = sizes_in_turn(candidates, min_side, count);
  for (const auto& [overlap, limit] :
       {std::pair{kVariation, count - count / 4}, {kDuplicate, count}})
    for (const Box& box : by_size) {
      if (chosen.boxes.size() >= limit) break;
      chosen.add_unless_overlapping(box, overlap);
    }
  return chosen;
}

// Windows of ever smaller sides in ever finer grids; where all of a small map is covered, again.
void fill(const Field& field, size_t count, Chosen& chosen) {
  const float wide = field.pixels_wide(), high = field.pixels_high();
  // Shifted by less than a tenth of a side, all are duplicates. The map as a whole in any case.
  const double finest = std::max(1., 10 * std::max(wide, high) / field.min_side);
  for (int k = 1; k <= std::min(finest, kFinest) && chosen.boxes.size() < count; ++k) {
    const float share = 2.f / static_cast<float>(k + 1);  // half of each overlaps the next
    for (int i = 0; i < k * k && chosen.boxes.size() < count; ++i)
      chosen.add_unless_overlapping(
          fitted(field, wide * share / 2 * static_cast<float>(i % k + 1),
                 high * share / 2 * static_cast<float>(i / k + 1), wide * share, high * share),
          kDuplicate);
  }
  for (size_t i = 0; chosen.boxes.size() < count; ++i) chosen.boxes.push_back(Box{chosen.boxes[i]});
}

}  // namespace

std::vector<Box> propose_boxes(const Map& map, int stride, const ProposalOptions& options) {
  const auto count = static_cast<size_t>(std::max(0, options.count));
  if (map.width <= 0 || map.height <= 0 || stride <= 0) return std::vector<Box>(count);
  const Field field(map, stride, options.min_side);
  Candidates candidates;
  add_components(field, candidates);
  for (const WindowShape& shape : window_shapes(field)) add_places(field, shape, candidates);
  add_small(field, candidates);
  Chosen chosen = choose(std::move(candidates), field.min_side, count);
  fill(field, count, chosen);
  return std::move(chosen.boxes);
}

}  // namespace paucal::edge
