#include "weak/one_class/gaussian.h"

#include <torch/torch.h>

#include "base/error.h"

namespace paucal::weak {
namespace {

constexpr double kShrinkage = .01;
constexpr double kLeastVariance = 1e-12;

}  // namespace

PlaceGaussian::PlaceGaussian(int64_t channels, int64_t folds)
    : channels_(channels), folds_(static_cast<size_t>(folds)) {
  for (Sums& fold : folds_) {
    fold.sum = torch::zeros({channels}, at::kDouble);
    fold.moment = torch::zeros({channels, channels}, at::kDouble);
  }
}

void PlaceGaussian::add(const at::Tensor& places, int64_t owner) {
  const torch::NoGradGuard no_grad;
  Sums& fold = folds_[static_cast<size_t>(owner % std::ssize(folds_))];
  fold.count += places.size(0);
  fold.sum += places.sum(0).to(at::kDouble);
  fold.moment += torch::mm(places.t(), places).to(at::kDouble);
}

Whitening PlaceGaussian::whitening(int64_t left_out) const {
  const torch::NoGradGuard no_grad;
  int64_t all = 0;
  for (const Sums& fold : folds_) all += fold.count;
  if (all == 0) fail("one_class", "no place of any OK image, expected at least one");
  if (left_out >= 0 && folds_[static_cast<size_t>(left_out)].count == all) left_out = -1;
  Sums kept{0, torch::zeros({channels_}, at::kDouble),
            torch::zeros({channels_, channels_}, at::kDouble)};
  for (int64_t i = 0; i < std::ssize(folds_); ++i) {
    if (i == left_out) continue;
    const Sums& fold = folds_[static_cast<size_t>(i)];
    kept.count += fold.count;
    kept.sum += fold.sum;
    kept.moment += fold.moment;
  }
  const auto count = static_cast<double>(kept.count);
  const at::Tensor mean = kept.sum / count;
  const at::Tensor covariance = kept.moment / count - torch::outer(mean, mean);
  const at::Tensor scale = covariance.diagonal().clamp_min(kLeastVariance).rsqrt();
  at::Tensor correlation = (1 - kShrinkage) * (scale.unsqueeze(1) * covariance * scale);
  correlation.diagonal().fill_(1);
  // The inverse of the Cholesky factor whitens, as any turned copy of it does.
  const at::Tensor factor = torch::linalg_cholesky(correlation);
  const at::Tensor weight =
      torch::linalg_solve_triangular(factor, torch::diag(scale), /*upper=*/false);
  return {weight.to(at::kFloat).contiguous(), (-torch::mv(weight, mean)).to(at::kFloat)};
}

}  // namespace paucal::weak
