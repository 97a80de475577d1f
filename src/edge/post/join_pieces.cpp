#include "edge/post/join_pieces.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace paucal::edge {
namespace {

constexpr float kSameObject = 0.5f;  // share of the smaller box, or of its side along the seam

float shared(float a0, float a1, float b0, float b1) {
  return std::max(0.f, std::min(a1, b1) - std::max(a0, b0));
}

void take(Piece& a, const Piece& b) {
  Box& box = a.found.box;
  const Box& more = b.found.box;
  // A side is cut still if whichever piece reaches farther is cut there.
  a.left = more.x0 < box.x0 ? b.left : box.x0 < more.x0 ? a.left : a.left && b.left;
  a.top = more.y0 < box.y0 ? b.top : box.y0 < more.y0 ? a.top : a.top && b.top;
  a.right = more.x1 > box.x1 ? b.right : box.x1 > more.x1 ? a.right : a.right && b.right;
  a.bottom = more.y1 > box.y1 ? b.bottom : box.y1 > more.y1 ? a.bottom : a.bottom && b.bottom;
  box = {std::min(box.x0, more.x0), std::min(box.y0, more.y0), std::max(box.x1, more.x1),
         std::max(box.y1, more.y1)};
  a.found.score = std::max(a.found.score, b.found.score);
}

// Of all pieces.
float longest_side(const std::vector<Piece>& pieces) {
  float side = 1;
  for (const Piece& piece : pieces)
    side = std::max({side, piece.found.box.width(), piece.found.box.height()});
  return side;
}

// Which pieces may touch a box. Those no longer than `longest` stand in the cell of their first
// corner, so that a box needs to look one cell farther than it reaches; of longer ones, which
// joining makes, there are few.
class Places {
 public:
  // Cells are a little longer, so that no rounding matters.
  Places(const std::vector<Piece>& pieces, float longest) : cell_(1.01f * longest) {
    for (size_t i = 0; i < pieces.size(); ++i) {
      const Box& box = pieces[i].found.box;
      if (box.width() > longest || box.height() > longest)
        long_.push_back(i);
      else
        cells_[key(at(box.x0), at(box.y0))].push_back(i);
    }
  }

  // In their order, all after `last`; some that don't touch the box are among them.
  std::vector<size_t> near(const Box& box, size_t last) const {
    std::vector<size_t> found;
    add_after(last, long_, found);
    const int64_t x0 = at(box.x0 - cell_), x1 = at(box.x1);
    const int64_t y0 = at(box.y0 - cell_), y1 = at(box.y1);
    if (static_cast<double>(x1 - x0 + 1) * static_cast<double>(y1 - y0 + 1) >
        static_cast<double>(cells_.size())) {
      for (const auto& [place, pieces] : cells_) add_after(last, pieces, found);
    } else {
      for (int64_t y = y0; y <= y1; ++y)
        for (int64_t x = x0; x <= x1; ++x)
          if (const auto cell = cells_.find(key(x, y)); cell != cells_.end())
            add_after(last, cell->second, found);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  // Floats beyond are no pixels of an image.
  int64_t at(float x) const {
    return static_cast<int64_t>(std::floor(std::clamp(x, -1e9f, 1e9f) / cell_));
  }
  static uint64_t key(int64_t x, int64_t y) {
    return static_cast<uint64_t>(y) << 32 | (static_cast<uint64_t>(x) & 0xffffffffu);
  }
  static void add_after(size_t last, const std::vector<size_t>& from, std::vector<size_t>& to) {
    to.insert(to.end(), std::upper_bound(from.begin(), from.end(), last), from.end());
  }

  float cell_;
  std::vector<size_t> long_;
  std::unordered_map<uint64_t, std::vector<size_t>> cells_;
};

// Joins what fits piece i, once through those after it. Returns whether anything did.
bool join_with(size_t i, std::vector<Piece>& pieces, std::vector<bool>& gone,
               const Places& places) {
  bool joined = false;
  std::vector<size_t> near = places.near(pieces[i].found.box, i);
  for (size_t n = 0; n < near.size();) {
    const size_t k = near[n++];
    if (gone[k] || !of_one_object(pieces[i], pieces[k])) continue;
    take(pieces[i], pieces[k]);
    gone[k] = joined = true;
    near = places.near(pieces[i].found.box, k);  // it may reach farther now
    n = 0;
  }
  return joined;
}

}  // namespace

bool of_one_object(const Piece& a, const Piece& b) {
  if (a.found.label != b.found.label || (!a.cut() && !b.cut())) return false;
  const Box &p = a.found.box, &q = b.found.box;
  const float across = shared(p.x0, p.x1, q.x0, q.x1), along = shared(p.y0, p.y1, q.y0, q.y1);
  if (!(across > 0 && along > 0)) return false;
  if (across * along >= kSameObject * std::min(p.area(), q.area())) return true;
  const bool beside = (a.right && b.left) || (a.left && b.right);
  const bool above = (a.bottom && b.top) || (a.top && b.bottom);
  return (beside && along >= kSameObject * std::min(p.height(), q.height())) ||
         (above && across >= kSameObject * std::min(p.width(), q.width()));
}

std::vector<Piece> join_pieces(std::vector<Piece> pieces) {
  const float longest = longest_side(pieces);
  for (bool joined = true; joined;) {
    joined = false;
    const Places places(pieces, longest);
    std::vector<bool> gone(pieces.size(), false);
    for (size_t i = 0; i < pieces.size(); ++i)
      if (!gone[i] && join_with(i, pieces, gone, places)) joined = true;
    std::vector<Piece> left;
    for (size_t i = 0; i < pieces.size(); ++i)
      if (!gone[i]) left.push_back(pieces[i]);
    pieces = std::move(left);
  }
  return pieces;
}

}  // namespace paucal::edge
