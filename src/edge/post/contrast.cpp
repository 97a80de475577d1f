#include "edge/post/contrast.h"

#include <algorithm>
#include <cmath>

namespace paucal::edge {
namespace {

constexpr double kUnit = 1024;  // values are counted in parts of a deviation

}  // namespace

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

Contrast::Contrast(const std::vector<int64_t>& values, int width, int height)
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

double Contrast::operator()(const Window& w) const {
  const int dx = std::max(1, (w.x1 - w.x0 + 2) / 4), dy = std::max(1, (w.y1 - w.y0 + 2) / 4);
  const Window outer{std::max(0, w.x0 - dx), std::max(0, w.y0 - dy), std::min(width_, w.x1 + dx),
                     std::min(height_, w.y1 + dy)};
  const int64_t inside = sum(w), ring = outer.area() - w.area();
  if (ring == 0) return 0;
  return static_cast<double>(inside) / static_cast<double>(w.area()) -
         static_cast<double>(sum(outer) - inside) / static_cast<double>(ring);
}

int64_t Contrast::sum(const Window& w) const {
  const int64_t* top = sums_.data() + row_ * w.y0;
  const int64_t* bottom = sums_.data() + row_ * w.y1;
  return bottom[w.x1] - bottom[w.x0] - top[w.x1] + top[w.x0];
}

}  // namespace paucal::edge
