#include "train/draws.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <numeric>

#include "base/error.h"

namespace paucal::train {
namespace {

std::vector<int64_t> places_from(int64_t first, int64_t count) {
  std::vector<int64_t> places(static_cast<size_t>(count));
  std::iota(places.begin(), places.end(), first);
  return places;
}

TEST(Draws, ARowDrawsTheSameInEveryBatch) {
  const DrawKey key{.seed = 7, .stream = 3};
  const auto all = places_from(40, 6), left = places_from(40, 3), right = places_from(43, 3);
  // Rows long enough for several threads.
  const at::Tensor whole = draw_rows(key, {{all, 1}, {all, 2}}, {12, 3, 8000}, fill_normal);
  const at::Tensor first = draw_rows(key, {{left, 1}, {left, 2}}, {6, 3, 8000}, fill_normal);
  const at::Tensor second = draw_rows(key, {{right, 2}}, {3, 3, 8000}, fill_normal);
  EXPECT_TRUE(torch::equal(first.narrow(0, 0, 3), whole.narrow(0, 0, 3)));
  EXPECT_TRUE(torch::equal(first.narrow(0, 3, 3), whole.narrow(0, 6, 3)));
  EXPECT_TRUE(torch::equal(second, whole.narrow(0, 9, 3)));
}

TEST(Draws, RowsHaveNothingInCommon) {
  const auto places = places_from(0, 50);
  const at::Tensor rows =
      draw_rows({1, 2}, {{places, 0}, {places, 1}}, {100, 4000}, fill_normal).to(torch::kDouble);
  EXPECT_NEAR(rows.mean().item<double>(), 0, .01);
  EXPECT_NEAR(rows.std().item<double>(), 1, .01);
  // Their correlations have a standard deviation of 1 / √4000 = .016.
  const at::Tensor correlation = rows.matmul(rows.t()) / 4000 - torch::eye(100, torch::kDouble);
  EXPECT_LT(correlation.abs().max().item<double>(), .1);
}

TEST(Draws, KeysOfSeedAndStreamDiffer) {
  const auto places = places_from(5, 2);
  const auto draw = [&](const DrawKey& key) {
    return draw_rows(key, {{places}}, {2, 4}, fill_normal);
  };
  EXPECT_TRUE(torch::equal(draw({1, 2}), draw({1, 2})));
  EXPECT_FALSE(torch::equal(draw({1, 2}), draw({2, 2})));
  EXPECT_FALSE(torch::equal(draw({1, 2}), draw({1, 3})));
}

TEST(Draws, EachRowNeedsAPlace) {
  const auto places = places_from(0, 2);
  EXPECT_THROW(draw_rows({}, {{places}}, {3, 4}, fill_normal), Error);
  EXPECT_EQ(draw_rows({}, {}, {0, 4}, fill_normal).numel(), 0);
}

}  // namespace
}  // namespace paucal::train
