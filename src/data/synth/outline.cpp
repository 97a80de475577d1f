#include "data/synth/outline.h"

#include <cmath>
#include <limits>

namespace paucal::data {
namespace {

using edge::Image;

// Marks all pixels of the region of (x, y) as seen.
void mark_region(const Image& mask, Image& seen, int x, int y) {
  std::vector<std::array<int, 2>> open = {{x, y}};
  seen.at(x, y) = 1;
  while (!open.empty()) {
    const auto [px, py] = open.back();
    open.pop_back();
    for (const auto [dx, dy] : {std::array{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
      const int nx = px + dx, ny = py + dy;
      if (nx < 0 || ny < 0 || nx >= mask.width || ny >= mask.height) continue;
      if (!mask.at(nx, ny) || seen.at(nx, ny)) continue;
      seen.at(nx, ny) = 1;
      open.push_back({nx, ny});
    }
  }
}

// Walks along pixel edges with the region on the right hand, from the top left corner of its
// first pixel, heading right. At a corner where two pixels touch diagonally it turns right, since
// the other one is no neighbour.
Ring walk_outline(const Image& mask, int start_x, int start_y) {
  const auto inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < mask.width && y < mask.height && mask.at(x, y) != 0;
  };
  // Heading right, down, left, up: the step, and the pixels ahead on the left and right hand.
  struct Heading {
    int dx, dy, left_x, left_y, right_x, right_y;
  };
  constexpr std::array<Heading, 4> kHeadings = {
      {{1, 0, 0, -1, 0, 0}, {0, 1, 0, 0, -1, 0}, {-1, 0, -1, 0, -1, -1}, {0, -1, -1, -1, 0, -1}}};
  Ring ring = {{static_cast<float>(start_x), static_cast<float>(start_y)}};
  int x = start_x, y = start_y, heading = 0;
  for (;;) {
    x += kHeadings[heading].dx;
    y += kHeadings[heading].dy;
    const Heading& h = kHeadings[heading];
    int next = heading;
    if (!inside(x + h.right_x, y + h.right_y)) {
      next = (heading + 1) % 4;
    } else if (inside(x + h.left_x, y + h.left_y)) {
      next = (heading + 3) % 4;
    }
    if (x == start_x && y == start_y) return ring;
    if (next != heading) ring.push_back({static_cast<float>(x), static_cast<float>(y)});
    heading = next;
  }
}

}  // namespace

std::vector<Ring> outline(const Image& mask) {
  std::vector<Ring> rings;
  Image seen(mask.width, mask.height, 1);
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (!mask.at(x, y) || seen.at(x, y)) continue;
      rings.push_back(walk_outline(mask, x, y));
      mark_region(mask, seen, x, y);
    }
  }
  return rings;
}

double ring_area(const Ring& ring) {
  double twice = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    const auto& a = ring[i];
    const auto& b = ring[(i + 1) % ring.size()];
    twice += static_cast<double>(a[0]) * b[1] - static_cast<double>(b[0]) * a[1];
  }
  return std::abs(twice) / 2;
}

edge::Box mask_bounds(const Image& mask) {
  int x0 = mask.width, y0 = mask.height, x1 = 0, y1 = 0;
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (!mask.at(x, y)) continue;
      x0 = std::min(x0, x);
      y0 = std::min(y0, y);
      x1 = std::max(x1, x + 1);
      y1 = std::max(y1, y + 1);
    }
  }
  if (x1 == 0) return {};
  return {static_cast<float>(x0), static_cast<float>(y0), static_cast<float>(x1),
          static_cast<float>(y1)};
}

}  // namespace paucal::data
