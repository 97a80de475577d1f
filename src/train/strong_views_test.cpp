#include "train/strong_views.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace paucal::train {
namespace {

// Whoever else is in the batch, and on whichever process.
TEST(StrongViews, AreAFunctionOfThePlace) {
  const at::Tensor images = torch::randn({4, 3, 16, 16});
  const at::Tensor whole = strong_views(images, {8, 9, 10, 11}, 1);
  EXPECT_TRUE(torch::equal(strong_views(images.narrow(0, 0, 2), {8, 9}, 1), whole.narrow(0, 0, 2)));
  EXPECT_TRUE(
      torch::equal(strong_views(images.narrow(0, 2, 2), {10, 11}, 1), whole.narrow(0, 2, 2)));
  EXPECT_FALSE(torch::equal(strong_views(images, {12, 13, 14, 15}, 1)[0], whole[0]));
  EXPECT_FALSE(torch::equal(strong_views(images, {8, 9, 10, 11}, 2)[0], whole[0]));
  const at::Tensor same = images[0].expand({4, 3, 16, 16});
  EXPECT_FALSE(torch::equal(strong_views(same, {8, 9, 10, 11}, 1)[0],
                            strong_views(same, {8, 9, 10, 11}, 1)[1]));
}

}  // namespace
}  // namespace paucal::train
