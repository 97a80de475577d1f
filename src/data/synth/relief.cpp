#include "data/synth/relief.h"

#include <array>
#include <cmath>

namespace paucal::data {
namespace {

// Where a pixel stands on the grid: the first of four nodes, and their weights.
struct Knot {
  int first;
  std::array<float, 4> weights;
};

// The mean over t of the weights' squared sum: what a B-spline leaves of white noise's variance.
constexpr double kVariance = 151.0 / 315.0;

int node_count(int length, double scale) {
  return static_cast<int>(std::ceil(length / scale)) + 4;
}

std::vector<Knot> make_knots(int length, double scale, double offset) {
  std::vector<Knot> knots(length);
  for (int i = 0; i < length; ++i) {
    const double position = i / scale + offset;
    const int first = static_cast<int>(position);
    const auto t = static_cast<float>(position - first);
    const float s = 1 - t;
    knots[i] = {first,
                {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
                 (3 * s * s * s - 6 * s * s + 4) / 6, t * t * t / 6}};
  }
  return knots;
}

}  // namespace

void add_relief(edge::Map& map, double scale_x, double scale_y, double amplitude, Random& random) {
  const auto across = make_knots(map.width, scale_x, random.uniform());
  const auto down = make_knots(map.height, scale_y, random.uniform());
  const int columns = node_count(map.width, scale_x);
  std::vector<float> grid(static_cast<size_t>(columns) * node_count(map.height, scale_y));
  for (float& node : grid) node = quick_normal(random);

  const auto gain = static_cast<float>(amplitude / kVariance);
  std::vector<float> line(columns);
  for (int y = 0; y < map.height; ++y) {
    const float* nodes = &grid[static_cast<size_t>(down[y].first) * columns];
    const auto& w = down[y].weights;
    for (int c = 0; c < columns; ++c)
      line[c] = gain * (w[0] * nodes[c] + w[1] * nodes[c + columns] +
                        w[2] * nodes[c + 2 * columns] + w[3] * nodes[c + 3 * columns]);
    float* row = &map.values[static_cast<size_t>(y) * map.width];
    for (int x = 0; x < map.width; ++x) {
      const auto& [first, v] = across[x];
      row[x] += v[0] * line[first] + v[1] * line[first + 1] + v[2] * line[first + 2] +
                v[3] * line[first + 3];
    }
  }
}

std::vector<float> make_profile(int length, double scale, double amplitude, Random& random) {
  const auto knots = make_knots(length, scale, random.uniform());
  std::vector<float> nodes(node_count(length, scale));
  for (float& node : nodes) node = quick_normal(random);
  const auto gain = static_cast<float>(amplitude / std::sqrt(kVariance));
  std::vector<float> profile(length);
  for (int i = 0; i < length; ++i)
    for (int k = 0; k < 4; ++k)
      profile[i] += gain * knots[i].weights[k] * nodes[knots[i].first + k];
  return profile;
}

}  // namespace paucal::data
