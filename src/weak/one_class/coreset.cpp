#include "weak/one_class/coreset.h"

#include <torch/torch.h>

namespace paucal::weak {
namespace {

constexpr float kSame = 1 - 1e-6F;  // cosine of copies

}  // namespace

std::vector<int64_t> k_center(const at::Tensor& points, int64_t count) {
  const torch::NoGradGuard no_grad;
  std::vector<int64_t> chosen;
  const int64_t n = points.size(0);
  if (n == 0 || count < 1) return chosen;
  at::Tensor nearest = torch::full({n}, -2.F);  // similarity to the most similar that was taken
  float* known = nearest.data_ptr<float>();
  for (int64_t next = 0; std::ssize(chosen) < count;) {
    chosen.push_back(next);
    const at::Tensor similarity = torch::mv(points, points[next]);
    const float* now = similarity.data_ptr<float>();
    float least = 2;
    for (int64_t i = 0; i < n; ++i) {
      known[i] = std::max(known[i], now[i]);
      if (known[i] < least) {
        least = known[i];
        next = i;
      }
    }
    if (least >= kSame) break;
  }
  return chosen;
}

}  // namespace paucal::weak
