#pragma once
// The normal distribution of the places of OK images (Rippel, Mertens and Merhof, ICPR 2020, whose
// distribution is of whole images; PaDiM, Defard et al., ICPR 2020, whose ones are of positions):
// how far a place lies from them is a Mahalanobis distance. Needs no place of any position, so
// parts may lie anywhere.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace paucal::weak {

// y = weight · x + bias has mean 0 and covariance 1 over the places that it was made of.
struct Whitening {
  at::Tensor weight;  // [C, C] float
  at::Tensor bias;    // [C] float
};

class PlaceGaussian {
 public:
  // What images give falls into `folds` sums, by owner % folds.
  PlaceGaussian(int64_t channels, int64_t folds);

  void add(const at::Tensor& places, int64_t owner);  // [P, C] float
  // Of all folds but `left_out` (-1: of all); a fold that is everything there is is not left out.
  // Correlations are shrunk towards 0 by a hundredth, so that few images do not make a thin
  // direction of what did not vary among them. Throws Error where no place was added.
  Whitening whitening(int64_t left_out = -1) const;

 private:
  struct Sums {
    int64_t count = 0;
    at::Tensor sum;     // [C] double
    at::Tensor moment;  // [C, C] double
  };
  int64_t channels_;
  std::vector<Sums> folds_;
};

}  // namespace paucal::weak
