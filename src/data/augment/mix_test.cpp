#include "data/augment/mix.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace paucal::data {
namespace {

TEST(MixUp, LambdaHasBetasMomentsAndIsFolded) {
  Random random(9);
  double sum = 0, squares = 0, least = 1;
  constexpr int kCount = 20000;
  for (int i = 0; i < kCount; ++i) {
    const double lambda = mix_lambda(0.75, false, random);
    sum += lambda;
    squares += lambda * lambda;
    least = std::min(least, mix_lambda(0.75, true, random));
  }
  EXPECT_NEAR(sum / kCount, 0.5, 0.01);
  EXPECT_NEAR(squares / kCount - 0.25, 1 / (4 * (2 * 0.75 + 1)), 0.005);
  EXPECT_GE(least, 0.5);
  EXPECT_EQ(mix_lambda(0, false, random), 1);
}

TEST(MixUp, IsTheWeightedMean) {
  std::vector<float> a{1, 2, 3};
  const std::vector<float> b{5, 6, 7};
  mixup(a, b, 0.75, a);
  EXPECT_EQ(a, (std::vector<float>{2, 3, 4}));
  EXPECT_THROW(mixup(a, std::vector<float>{1}, 0.5, a), Error);
}

TEST(CutMix, LambdaIsTheShareLeft) {
  Random random(2);
  double sum = 0;
  for (int i = 0; i < 3000; ++i) {
    const CutMixBox box = cutmix_box(31, 17, 1.0, random);
    ASSERT_TRUE(0 <= box.x0 && box.x0 <= box.x1 && box.x1 <= 31);
    ASSERT_TRUE(0 <= box.y0 && box.y0 <= box.y1 && box.y1 <= 17);
    std::vector<float> a(2 * 31 * 17, 1), b(a.size(), 0);
    cutmix(a, b, 31, 17, box, a);
    double kept = 0;
    for (const float v : a) kept += v;
    ASSERT_NEAR(box.lambda, kept / static_cast<double>(a.size()), 1e-9);
    sum += box.lambda;
  }
  // Half would be hidden with alpha 1, were the boxes not cut off at the border.
  EXPECT_NEAR(sum / 3000, 0.68, 0.04);
  std::vector<float> odd(7);
  EXPECT_THROW(cutmix(odd, odd, 2, 2, {}, odd), Error);
}

}  // namespace
}  // namespace paucal::data
