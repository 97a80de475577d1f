#include "weak/features/vicreg.h"

#include <torch/torch.h>

#include "base/error.h"

namespace paucal::weak {
namespace {

constexpr double kVarianceEps = 1e-4;
constexpr double kCovarianceShare = 1. / 25;

at::Tensor lacking_variance(const at::Tensor& rows) {
  return (1 - (rows.var(0, /*unbiased=*/true) + kVarianceEps).sqrt()).relu().mean();
}

at::Tensor squared_covariances(const at::Tensor& rows) {
  const at::Tensor centred = rows - rows.mean(0);
  const at::Tensor covariance =
      torch::mm(centred.t(), centred) / static_cast<double>(rows.size(0) - 1);
  const at::Tensor of_one = covariance.diagonal();
  return (covariance.square().sum() - of_one.square().sum()) / static_cast<double>(rows.size(1));
}

}  // namespace

at::Tensor Vicreg::total() const {
  return invariance + variance + kCovarianceShare * covariance;
}

Vicreg vicreg(const at::Tensor& first, const at::Tensor& second) {
  if (first.dim() != 2 || first.sizes() != second.sizes() || first.size(0) < 2)
    fail("vicreg", "rows of shapes [{}] and [{}], expected the same, of at least 2 rows",
         fmt::join(first.sizes(), ", "), fmt::join(second.sizes(), ", "));
  return {(first - second).square().mean(),
          (lacking_variance(first) + lacking_variance(second)) / 2,
          (squared_covariances(first) + squared_covariances(second)) / 2};
}

}  // namespace paucal::weak
