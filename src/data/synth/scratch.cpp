#include "data/synth/scratch.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace paucal::data {
namespace {

using Point = std::array<double, 2>;

// How strong the stroke is along its way, t from 0 to 1.
struct Strength {
  double taper;  // share of the length over which each end runs out
  double fade;   // strength at the far end
  std::array<double, 2> gap_start{}, gap_length{};
  int gaps = 0;

  double at(double t) const {
    for (int i = 0; i < gaps; ++i)
      if (t >= gap_start[i] && t < gap_start[i] + gap_length[i]) return 0;
    const double end = std::clamp(std::min(t, 1 - t) / taper, 0.0, 1.0);
    return end * end * (3 - 2 * end) * (1 + (fade - 1) * t);
  }
};

// What each pixel is nearest to: the distance to the stroke's middle line (positive on one side,
// negative on the other) and how far along it lies.
struct Nearest {
  edge::Map distance, along;
};

constexpr float kFar = 1e6f;

Nearest nearest_to(const std::vector<Point>& line, const Defect& window, double reach) {
  const int width = window.change.width, height = window.change.height;
  Nearest nearest{edge::Map(width, height, kFar), edge::Map(width, height)};
  const size_t pieces = line.size() - 1;
  for (size_t i = 0; i < pieces; ++i) {
    const auto [ax, ay] = line[i];
    const double ux = line[i + 1][0] - ax, uy = line[i + 1][1] - ay;
    const double length2 = std::max(ux * ux + uy * uy, 1e-12);
    const auto first = [&](double a, double u, int start) {
      return std::max(0, static_cast<int>(std::floor(std::min(a, a + u) - reach)) - start);
    };
    const auto end = [&](double a, double u, int start, int size) {
      return std::min(size, static_cast<int>(std::ceil(std::max(a, a + u) + reach)) - start);
    };
    const int x1 = end(ax, ux, window.x, width), y1 = end(ay, uy, window.y, height);
    for (int y = first(ay, uy, window.y); y < y1; ++y) {
      for (int x = first(ax, ux, window.x); x < x1; ++x) {
        const double px = window.x + x + 0.5 - ax, py = window.y + y + 0.5 - ay;
        const double t = std::clamp((px * ux + py * uy) / length2, 0.0, 1.0);
        const auto distance = static_cast<float>(std::hypot(px - t * ux, py - t * uy));
        if (distance >= std::abs(nearest.distance.at(x, y))) continue;
        const bool left = ux * py - uy * px < 0;
        nearest.distance.at(x, y) = left ? -distance : distance;
        nearest.along.at(x, y) = static_cast<float>((i + t) / pieces);
      }
    }
  }
  return nearest;
}

// A quadratic Bézier of the given length, angle and sagitta, cut into pieces of about 3 pixels.
std::vector<Point> make_line(double cx, double cy, double length, double angle, double sagitta) {
  const double ux = std::cos(angle), uy = std::sin(angle);
  const Point a = {cx - ux * length / 2, cy - uy * length / 2};
  const Point b = {cx + ux * length / 2, cy + uy * length / 2};
  const Point c = {cx - uy * 2 * sagitta, cy + ux * 2 * sagitta};
  const int pieces = std::max(2, static_cast<int>(length / 3));
  std::vector<Point> line(pieces + 1);
  for (int i = 0; i <= pieces; ++i) {
    const double t = static_cast<double>(i) / pieces, s = 1 - t;
    for (int k = 0; k < 2; ++k) line[i][k] = s * s * a[k] + 2 * s * t * c[k] + t * t * b[k];
  }
  return line;
}

// The sheet around the line.
Defect window_of(const std::vector<Point>& line, const Sheet& sheet, double reach) {
  const auto [left, right] = std::ranges::minmax(line, {}, [](const Point& p) { return p[0]; });
  const auto [top, bottom] = std::ranges::minmax(line, {}, [](const Point& p) { return p[1]; });
  const auto from = [&](double at) { return static_cast<int>(std::floor(at - reach)); };
  const auto until = [&](double at) { return static_cast<int>(std::ceil(at + reach)); };
  return empty_defect(sheet, {from(left[0]), until(right[0])}, {from(top[1]), until(bottom[1])});
}

Strength make_strength(double length, Random& random) {
  Strength strength{};
  strength.taper = std::min(0.25, random.uniform(2, 14) / length);
  strength.fade = random.chance(0.4) ? random.uniform(0.65, 0.9) : 1;
  if (length > 45 && random.chance(0.3)) {
    strength.gaps = static_cast<int>(random.between(1, 2));
    for (int i = 0; i < strength.gaps; ++i) {
      strength.gap_start[i] = random.uniform(0.2, 0.75);
      strength.gap_length[i] = random.uniform(3, 9) / length;
    }
  }
  return strength;
}

}  // namespace

Defect draw_scratch(const Sheet& sheet, double cx, double cy, double contrast, Random& random) {
  const double u = random.uniform();
  const double length = sheet.size * (0.13 + 0.57 * u * u);  // short ones abound
  const double angle = random.uniform(0, M_PI);
  const double bend = random.chance(0.5) ? random.uniform(-0.08, 0.08) : 0;
  const double half = random.uniform(1, 3) / 2;
  const double rim = random.uniform(0.15, 0.45);  // burr: the other sign on one side
  // A thin line shares its light between two pixels: only more contrast makes it as plain.
  const double peak = contrast * (1.6 - 0.4 * half) * (random.chance(0.7) ? 1 : -1);
  const Strength strength = make_strength(length, random);
  const double reach = half + 2.5;
  const auto line = make_line(cx, cy, length, angle, bend * length);
  Defect defect = window_of(line, sheet, reach);
  const auto nearest = nearest_to(line, defect, reach);

  for (size_t i = 0; i < defect.change.values.size(); ++i) {
    const double side = nearest.distance.values[i];
    const double distance = std::abs(side);
    if (distance > reach) continue;
    const int x = defect.x + static_cast<int>(i % static_cast<size_t>(defect.change.width));
    const int y = defect.y + static_cast<int>(i / static_cast<size_t>(defect.change.width));
    const double s = strength.at(nearest.along.values[i]) * sheet.cover.at(x, y);
    const double groove = std::clamp(half + 0.5 - distance, 0.0, 1.0);
    const double burr = std::clamp(1 - std::abs(side - half - 0.9), 0.0, 1.0);
    defect.change.values[i] = static_cast<float>(peak * s * (groove - rim * burr * (1 - groove)));
    // A line 1 px wide between two pixel rows covers half of each: truth must not have holes.
    const bool covered = distance <= std::max(half, 0.75);
    defect.coverage.values[i] = covered ? static_cast<float>(std::min(1.0, 1.25 * s)) : 0.f;
  }
  return defect;
}

}  // namespace paucal::data
