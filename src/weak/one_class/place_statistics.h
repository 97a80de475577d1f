#pragma once
// What is collected of the places of OK images, view by view: how they vary, and a sample of them.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace paucal::weak {

class PlaceStatistics {
 public:
  // Channels of each stage, in their order; `sample`: places kept in all, of `views` views.
  PlaceStatistics(std::vector<int64_t> stages, int64_t sample, int64_t views, uint64_t seed);

  // places [P, C] float of one view, and whose they are. Views are numbered by the calls.
  void add(const at::Tensor& places, int64_t owner);

  int64_t count() const { return count_; }
  // [D, C] with D <= dims: stages are divided by their root mean square, so that none speaks louder
  // than another, and turned to the D main axes of their second moment (PCA without centring,
  // because it is angles that are compared). Throws Error where no place was added.
  at::Tensor projection(int64_t dims) const;
  at::Tensor sampled() const;  // [S, C]
  at::Tensor owners() const;   // [S]

 private:
  std::vector<int64_t> stages_;
  int64_t quota_, view_ = 0, count_ = 0;
  uint64_t seed_;
  at::Tensor moment_;  // [C, C] double, sum of outer products
  std::vector<at::Tensor> sampled_, owners_;
};

}  // namespace paucal::weak
