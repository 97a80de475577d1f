#include "edge/post/join_pieces.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace paucal::edge {
namespace {

// Pieces of a grid of tiles, some of them cut; several to an object now and then.
std::vector<Piece> random_pieces(int seed, int count, int tiles, float tile) {
  std::vector<Piece> pieces;
  for (int i = 0; i < count; ++i) {
    Random random(seed, 1, i);
    const auto draw = [&](double low, double high) {
      return static_cast<float>(random.uniform(low, high));
    };
    const float left = tile * std::floor(draw(0, tiles)), top = tile * std::floor(draw(0, tiles));
    const float x0 = draw(-.2, .9), y0 = draw(-.2, .9);
    const float x1 = x0 + draw(.05, .6), y1 = y0 + draw(.05, .6);
    Piece piece{{{left + tile * std::max(0.f, x0), top + tile * std::max(0.f, y0),
                  left + tile * std::min(1.f, x1), top + tile * std::min(1.f, y1)},
                 draw(0, 1),
                 static_cast<int>(draw(0, 2))},
                x0<0, y0<0, x1> 1, y1> 1};
    pieces.push_back(piece);
  }
  return pieces;
}

// The rule, pair by pair.
std::vector<Piece> join_slowly(std::vector<Piece> pieces) {
  for (bool joined = true; joined;) {
    joined = false;
    for (size_t i = 0; i < pieces.size(); ++i)
      for (size_t k = i + 1; k < pieces.size();) {
        if (!of_one_object(pieces[i], pieces[k])) {
          ++k;
          continue;
        }
        pieces[i] = join_pieces({pieces[i], pieces[k]})[0];
        pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(k));
        joined = true;
      }
  }
  return pieces;
}

TEST(JoinPieces, MakesOneOfTwoThatFaceEachOther) {
  const Piece left{{{10, 10, 64, 30}, .4f, 1}, false, false, true, false};
  const Piece right{{{60, 11, 90, 29}, .7f, 1}, true, false, false, false};
  const auto joined = join_pieces({left, right});
  ASSERT_EQ(joined.size(), 1u);
  EXPECT_EQ(joined[0].found.box, (Box{10, 10, 90, 30}));
  EXPECT_EQ(joined[0].found.score, .7f);
  EXPECT_FALSE(joined[0].cut());
  Piece other = right;
  other.found.label = 0;
  EXPECT_EQ(join_pieces({left, other}).size(), 2u);
  EXPECT_TRUE(join_pieces({}).empty());
}

TEST(JoinPieces, IsTheSameAsPairByPair) {
  for (int seed = 0; seed < 60; ++seed) {
    const auto pieces = random_pieces(seed, 20 + 4 * seed, 1 + seed % 7, 64);
    const auto fast = join_pieces(pieces), slow = join_slowly(pieces);
    ASSERT_EQ(fast.size(), slow.size()) << seed;
    for (size_t i = 0; i < fast.size(); ++i) {
      EXPECT_EQ(fast[i].found.box, slow[i].found.box) << seed;
      EXPECT_EQ(fast[i].found.score, slow[i].found.score) << seed;
      EXPECT_EQ(fast[i].cut(), slow[i].cut()) << seed;
    }
  }
}

// 9 · 10⁹ pairs: pair by pair this took minutes.
TEST(JoinPieces, TakesManyTiles) {
  EXPECT_LT(join_pieces(random_pieces(3, 137'000, 37, 512)).size(), 137'000u);
}

}  // namespace
}  // namespace paucal::edge
