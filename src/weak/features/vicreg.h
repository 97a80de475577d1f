#pragma once
// Two views of a thing agree, things differ, and no number says what another says already (VICReg,
// Bardes, Ponce and LeCun, ICLR 2022, equations 1 to 6; of places rather than images: VICRegL,
// NeurIPS 2022). No negative pairs, no second network.

#include <ATen/core/Tensor.h>

namespace paucal::weak {

struct Vicreg {
  at::Tensor invariance;  // mean squared difference of the two views
  at::Tensor variance;    // how far standard deviations fall short of 1: mean of max(0, 1 - std)
  at::Tensor covariance;  // sum of squared covariances of different numbers, divided by P

  // The paper's 25, 25 and 1, divided by 25.
  at::Tensor total() const;
};

// Scalars, of rows [M, P] that show the same M things; variance and covariance are those of both
// views, halved. Throws Error where M < 2.
Vicreg vicreg(const at::Tensor& first, const at::Tensor& second);

}  // namespace paucal::weak
