#include "weak/features/vicreg.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"

namespace paucal::weak {
namespace {

// Worked out by hand: unbiased variances 4 and 1, covariance −1.
TEST(Vicreg, KnownValues) {
  const at::Tensor rows = torch::tensor({{0.F, 1.F}, {4.F, 0.F}, {2.F, 2.F}});
  const at::Tensor moved = rows + torch::tensor({1.F, 0.F});
  const Vicreg seen = vicreg(rows, moved);
  EXPECT_NEAR(seen.invariance.item<double>(), .5, 1e-6);
  EXPECT_NEAR(seen.variance.item<double>(), 0, 1e-4);
  EXPECT_NEAR(seen.covariance.item<double>(), 1, 1e-5) << "twice (−1)², over 2";
  EXPECT_NEAR(seen.total().item<double>(), .54, 1e-4);
}

TEST(Vicreg, PlacesThatAllLookAlikeLackVariance) {
  const at::Tensor rows = torch::ones({8, 4});
  const Vicreg seen = vicreg(rows, rows);
  EXPECT_NEAR(seen.invariance.item<double>(), 0, 1e-9);
  EXPECT_NEAR(seen.variance.item<double>(), .99, 1e-4) << "1 - √ε";
}

TEST(Vicreg, OneRowHasNoVariance) {
  EXPECT_THROW(vicreg(torch::ones({1, 4}), torch::ones({1, 4})), Error);
  EXPECT_THROW(vicreg(torch::ones({2, 4}), torch::ones({2, 3})), Error);
}

}  // namespace
}  // namespace paucal::weak
