#include "edge/post/proposals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "edge/post/boxes.h"
#include "edge/post/kept_boxes.h"

namespace paucal::edge {
namespace {

constexpr double kStep = 1.5;  // between sizes
constexpr std::array kRatios = {0.25, 0.5, 1., 2., 4.};
constexpr float kVariation = 0.5f, kDuplicate = 0.8f;  // IoU
constexpr double kUnit = 1024;                         // values are counted in parts of a deviation
constexpr double kFinest = 256;                        // rows of windows

struct Candidate {
  double contrast = 0;
  Box box;  // network pixels
};

// The map less its mean, in 1/kUnit of its deviation, as whole numbers: sums are exact, and what
// rounding a shifted or stretched map differs by vanishes. NaN is the mean; infinite values are the
// largest and smallest that are finite.
std::vector<int64_t> normalised(const Map& map) {
  double sum = 0, squares = 0;
  float low = 0, high = 0;
  int64_t count = 0;
  for (const float value : map.values) {
    if (!std::isfinite(value)) continue;
    low = count == 0 ? value : std::min(low, value);
    high = count == 0 ? value : std::max(high, value);
    sum += value;
    ++count;
  }
  const double mean = count > 0 ? sum / static_cast<double>(count) : 0;
  for (const float value : map.values)
    if (std::isfinite(value)) squares += (value - mean) * (value - mean);
  std::vector<int64_t> result(map.values.size(), 0);
  if (count == 0 || low == high) return result;
  const double scale = kUnit / std::sqrt(squares / static_cast<double>(count));
  for (size_t i = 0; i < result.size(); ++i)
    if (!std::isnan(map.values[i]))
      result[i] = std::llround((std::clamp(map.values[i], low, high) - mean) * scale);
  return result;
}

// In cells, half-open.
struct Window {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  int64_t area() const { return int64_t{x1 - x0} * (y1 - y0); }
};

class Contrast {
 public:
  Contrast(const std::vector<int64_t>& values, int width, int height)
      : width_(width),
        height_(height),
        row_(static_cast<size_t>(width) + 1),
        sums_(row_ * (static_cast<size_t>(height) + 1), 0) {
    for (int y = 0; y < height; ++y) {
      int64_t line = 0;
      for (int x = 0; x < width; ++x) {
        line += values[static_cast<size_t>(y) * width + x];
        sums_[row_ * (y + 1) + x + 1] = sums_[row_ * y + x + 1] + line;
      }
    }
  }

  // Mean inside less mean of a ring, which is a quarter of the window wide and at least a cell.
  double operator()(const Window& w) const {
    const int dx = std::max(1, (w.x1 - w.x0 + 2) / 4), dy = std::max(1, (w.y1 - w.y0 + 2) / 4);
    const Window outer{std::max(0, w.x0 - dx), std::max(0, w.y0 - dy), std::min(width_, w.x1 + dx),
                       std::min(height_, w.y1 + dy)};
    const int64_t inside = sum(w), ring = outer.area() - w.area();
    if (ring == 0) return 0;
    return static_cast<double>(inside) / static_cast<double>(w.area()) -
           static_cast<double>(sum(outer) - inside) / static_cast<double>(ring);
  }

 private:
  int64_t sum(const Window& w) const {
    const int64_t* top = sums_.data() + row_ * w.y0;
    const int64_t* bottom = sums_.data() + row_ * w.y1;
    return bottom[w.x1] - bottom[w.x0] - top[w.x1] + top[w.x0];
  }

  int width_, height_;
  size_t row_;
  std::vector<int64_t> sums_;
};

class Proposer {
 public:
  Proposer(const Map& map, int stride, const ProposalOptions& options)
      : stride_(static_cast<float>(stride)),
        options_(options),
        width_(map.width),
        height_(map.height),
        values_(normalised(map)),
        contrast_(values_, width_, height_),
        count_(static_cast<size_t>(std::max(0, options.count))) {}

  std::vector<Box> run() {
    add_components();
    add_dense();
    add_small();
    choose();
    fill();
    return std::move(chosen_);
  }

 private:
  float pixels_wide() const { return static_cast<float>(width_) * stride_; }
  float pixels_high() const { return static_cast<float>(height_) * stride_; }

  // Grown to the smallest side and moved into the map.
  Box fitted(float cx, float cy, float width, float height) const {
    const auto smallest = static_cast<float>(options_.min_side);
    width = std::min(std::max(width, smallest), pixels_wide());
    height = std::min(std::max(height, smallest), pixels_high());
    const float x0 = std::clamp(cx - width / 2, 0.f, pixels_wide() - width);
    const float y0 = std::clamp(cy - height / 2, 0.f, pixels_high() - height);
    return {x0, y0, std::min(x0 + width, pixels_wide()), std::min(y0 + height, pixels_high())};
  }
  Box to_box(const Window& w) const {
    return fitted(static_cast<float>(w.x0 + w.x1) / 2 * stride_,
                  static_cast<float>(w.y0 + w.y1) / 2 * stride_,
                  static_cast<float>(w.x1 - w.x0) * stride_,
                  static_cast<float>(w.y1 - w.y0) * stride_);
  }

  void add(double contrast, const Box& box) {
    if (contrast > 0) pool_.push_back({contrast, box});
  }

  // At shares of the peak, and where the map has its highest cells.
  void add_components() {
    Map map(width_, height_);
    for (size_t i = 0; i < values_.size(); ++i) map.values[i] = static_cast<float>(values_[i]);
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
        add(contrast_(window), to_box(window));
      }
    }
  }

  struct Shape {
    int width = 0, height = 0;
    auto operator<=>(const Shape&) const = default;
  };
  std::vector<Shape> shapes() const {
    std::vector<Shape> shapes;
    const int side = std::max(width_, height_);
    const int smallest =
        std::clamp(static_cast<int>(std::ceil(options_.min_side / stride_)), 1, side);
    for (double size = smallest; size < kStep * side; size *= kStep)
      for (const double ratio : kRatios)
        shapes.push_back({std::clamp(static_cast<int>(std::lround(size / std::sqrt(ratio))),
                                     std::min(smallest, width_), width_),
                          std::clamp(static_cast<int>(std::lround(size * std::sqrt(ratio))),
                                     std::min(smallest, height_), height_)});
    std::sort(shapes.begin(), shapes.end());
    shapes.erase(std::unique(shapes.begin(), shapes.end()), shapes.end());
    return shapes;
  }

  // Of each shape the places that are no worse than the eight around them, so that one strong
  // object does not fill the list.
  void add_dense() {
    for (const Shape& shape : shapes()) {
      const int dx = std::max(1, shape.width / 4), dy = std::max(1, shape.height / 4);
      const int columns = (width_ - shape.width + dx - 1) / dx + 1;
      const int rows = (height_ - shape.height + dy - 1) / dy + 1;
      const auto window = [&](int column, int row) {
        const int x = std::min(column * dx, width_ - shape.width);
        const int y = std::min(row * dy, height_ - shape.height);
        return Window{x, y, x + shape.width, y + shape.height};
      };
      const size_t pitch = static_cast<size_t>(columns) + 2;  // with a border
      std::vector<double> found(pitch * (static_cast<size_t>(rows) + 2), 0);
      for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column)
          found[pitch * (row + 1) + column + 1] = contrast_(window(column, row));
      for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
          const double* at = found.data() + pitch * (row + 1) + column + 1;
          if (*at > 0 && is_highest(at, pitch)) add(*at, to_box(window(column, row)));
        }
    }
  }

  static bool is_highest(const double* at, size_t pitch) {
    for (const double* line : {at - pitch, at, at + pitch})
      if (line[-1] > *at || line[0] > *at || line[1] > *at) return false;
    return true;
  }

  // Boxes smaller than a cell, about the highest cells: at the centre of what rises above the
  // lowest cell around.
  void add_small() {
    if (options_.min_side >= stride_) return;
    const auto value = [&](int x, int y) {
      return values_[static_cast<size_t>(std::clamp(y, 0, height_ - 1)) * width_ +
                     std::clamp(x, 0, width_ - 1)];
    };
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) {
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
        add_small_at((x + .5 + shift_x / total) * stride_, (y + .5 + shift_y / total) * stride_,
                     contrast_({x, y, x + 1, y + 1}));
      }
  }

  void add_small_at(double cx, double cy, double contrast) {
    constexpr double kLess = 0.9;  // the map says nothing of sizes below a cell: the largest first
    for (double side = stride_ / kStep; contrast > 0; side /= kStep) {
      side = std::max(side, options_.min_side);
      contrast *= kLess;
      for (const double ratio : {1., 0.5, 2.})
        add(ratio == 1 ? contrast : contrast * kLess,
            fitted(static_cast<float>(cx), static_cast<float>(cy),
                   static_cast<float>(side / std::sqrt(ratio)),
                   static_cast<float>(side * std::sqrt(ratio))));
      if (side <= options_.min_side) return;
    }
  }

  // Distinct places first, without parts of a better box; then variations of them.
  void choose() {
    std::stable_sort(pool_.begin(), pool_.end(), [](const Candidate& a, const Candidate& b) {
      return a.contrast > b.contrast;
    });
    for (const Candidate& candidate : pool_) {
      if (chosen_.size() >= count_ / 4) break;
      if (!shares_a_place(candidate.box)) choose(candidate.box, kVariation);
    }
    const std::vector<Box> by_size = sizes_in_turn();
    for (const auto& [overlap, limit] :
         {std::pair{kVariation, count_ - count_ / 4}, {kDuplicate, count_}})
      for (const Box& box : by_size) {
        if (chosen_.size() >= limit) break;
        choose(box, overlap);
      }
  }
  // The best of each octave of sizes, then the second best of each, and so on: high contrast is
  // had by small boxes, and says little of how far an object reaches.
  std::vector<Box> sizes_in_turn() const {
    std::vector<std::vector<Box>> octaves;
    for (const Candidate& candidate : pool_) {
      const double side = std::sqrt(candidate.box.area()) / options_.min_side;
      const auto octave = static_cast<size_t>(std::max(0., std::log2(side)));
      if (octave >= octaves.size()) octaves.resize(octave + 1);
      if (octaves[octave].size() < 32 * count_) octaves[octave].push_back(candidate.box);
    }
    std::vector<Box> result;
    size_t longest = 0;
    for (const auto& octave : octaves) longest = std::max(longest, octave.size());
    for (size_t i = 0; i < longest; ++i)
      for (const auto& octave : octaves)
        if (i < octave.size()) result.push_back(octave[i]);
    return result;
  }
  // Whether a better box covers more than a part of it, or it of one.
  bool shares_a_place(const Box& box) const {
    constexpr float kPart = 0.25f;
    return std::any_of(chosen_.begin(), chosen_.end(), [&](const Box& better) {
      const Box both{std::max(box.x0, better.x0), std::max(box.y0, better.y0),
                     std::min(box.x1, better.x1), std::min(box.y1, better.y1)};
      return both.area() > kPart * std::min(box.area(), better.area());
    });
  }
  void choose(const Box& box, float overlap) {
    if (kept_.overlap(box, overlap)) return;
    kept_.add(box);
    chosen_.push_back(box);
  }

  // Windows of ever smaller sides in ever finer grids; where all of a small map is covered, again.
  void fill() {
    // Shifted by less than a tenth of a side, all are duplicates.
    const double finest = 10 * std::max(pixels_wide(), pixels_high()) / options_.min_side;
    for (int k = 1; k <= std::min(finest, kFinest) && chosen_.size() < count_; ++k) {
      const float share = 2.f / static_cast<float>(k + 1);  // half of each overlaps the next
      for (int i = 0; i < k * k && chosen_.size() < count_; ++i)
        choose(fitted(pixels_wide() * share / 2 * static_cast<float>(i % k + 1),
                      pixels_high() * share / 2 * static_cast<float>(i / k + 1),
                      pixels_wide() * share, pixels_high() * share),
               kDuplicate);
    }
    for (size_t i = 0; chosen_.size() < count_; ++i) chosen_.push_back(Box{chosen_[i]});
  }

  float stride_;
  const ProposalOptions& options_;
  int width_, height_;
  std::vector<int64_t> values_;
  Contrast contrast_;
  size_t count_;
  std::vector<Candidate> pool_;
  KeptBoxes kept_;
  std::vector<Box> chosen_;
};

}  // namespace

std::vector<Box> propose_boxes(const Map& map, int stride, const ProposalOptions& options) {
  if (map.width <= 0 || map.height <= 0 || stride <= 0)
    return std::vector<Box>(static_cast<size_t>(std::max(0, options.count)));
  return Proposer(map, stride, options).run();
}

}  // namespace paucal::edge
