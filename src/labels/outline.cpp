#include "labels/outline.h"

#include <algorithm>
#include <cmath>

namespace paucal::labels {
namespace {

using edge::Image;

// Marks all pixels of the region of (x, y) as seen, a row's neighbours at once: what waits are as
// many places as the region has such runs, not as many as it has pixels.
void mark_region(const Image& mask, Image& seen, int x, int y) {
  const auto is_open = [&](int px, int py) { return mask.at(px, py) && !seen.at(px, py); };
  std::vector<std::array<int, 2>> places = {{x, y}};
  while (!places.empty()) {
    const auto [place, row] = places.back();
    places.pop_back();
    int begin = place, end = place;
    while (begin > 0 && is_open(begin - 1, row)) --begin;
    while (end < mask.width && is_open(end, row)) ++end;
    for (int px = begin; px < end; ++px) seen.at(px, row) = 1;
    for (const int next : {row - 1, row + 1}) {
      if (next < 0 || next >= mask.height) continue;
      for (int px = begin; px < end; ++px)
        if (is_open(px, next) && (px == begin || !is_open(px - 1, next)))
          places.push_back({px, next});
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

// Neighbouring pixels of a row, half-open.
struct Run {
  int begin, end;
  size_t piece;  // that it belongs to
};

// Runs of successive rows, from the row `top` on.
struct Piece {
  int top;
  std::vector<Run> runs;
};

std::vector<Run> runs_of(const Image& mask, int y) {
  std::vector<Run> runs;
  for (int x = 0; x < mask.width; ++x) {
    if (!mask.at(x, y)) continue;
    const int begin = x;
    while (x < mask.width && mask.at(x, y)) ++x;
    runs.push_back({begin, x, 0});
  }
  return runs;
}

// A run continues the piece above it where both touch no other: so no piece has a hole.
std::vector<Piece> pieces_of(const Image& mask) {
  std::vector<Piece> pieces;
  std::vector<Run> above;
  for (int y = 0; y < mask.height; ++y) {
    std::vector<Run> runs = runs_of(mask, y);
    size_t first = 0;  // the first run above that may touch
    for (size_t i = 0; i < runs.size(); ++i) {
      Run& run = runs[i];
      while (first < above.size() && above[first].end <= run.begin) ++first;
      const auto touches = [&](size_t over, size_t under) {
        return over < above.size() && under < runs.size() && above[over].begin < runs[under].end &&
               runs[under].begin < above[over].end;
      };
      const bool only = touches(first, i) && !touches(first + 1, i) && !touches(first, i + 1) &&
                        !(i > 0 && touches(first, i - 1));
      run.piece = only ? above[first].piece : pieces.size();
      if (!only) pieces.push_back({y, {}});
      pieces[run.piece].runs.push_back(run);
    }
    above = std::move(runs);
  }
  return pieces;
}

// Down the left side and up the right one.
Ring ring_of(const Piece& piece) {
  Ring ring;
  const auto corner = [&](int x, int y) {
    const std::array<float, 2> point = {static_cast<float>(x), static_cast<float>(y)};
    const size_t n = ring.size();
    if (n >= 2 && ring[n - 1][0] == point[0] && ring[n - 2][0] == point[0]) ring.pop_back();
    if (ring.empty() || ring.back() != point) ring.push_back(point);
  };
  const int rows = static_cast<int>(piece.runs.size());
  for (int i = 0; i < rows; ++i)
    for (const int y : {i, i + 1}) corner(piece.runs[static_cast<size_t>(i)].begin, piece.top + y);
  for (int i = rows - 1; i >= 0; --i)
    for (const int y : {i + 1, i}) corner(piece.runs[static_cast<size_t>(i)].end, piece.top + y);
  return ring;
}

}  // namespace

Polygons outline(const Image& mask) {
  Polygons rings;
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

Polygons cover(const Image& mask) {
  Polygons rings = outline(mask);
  double area = 0;
  for (const Ring& ring : rings) area += ring_area(ring);
  const auto zeros = std::ranges::count(mask.pixels, 0);
  if (area == static_cast<double>(std::ssize(mask.pixels) - zeros)) return rings;
  rings.clear();
  for (const Piece& piece : pieces_of(mask)) rings.push_back(ring_of(piece));
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

}  // namespace paucal::labels
