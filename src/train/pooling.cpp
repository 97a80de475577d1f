#include "train/pooling.h"

#include <torch/torch.h>

namespace paucal::train {
namespace {

constexpr double kNever = -1e4;  // far below any logit, and finite in half precision

}  // namespace

at::Tensor valid_cells(const at::Tensor& valid, const at::Tensor& map) {
  const int64_t stride_y = valid.size(2) / map.size(2), stride_x = valid.size(3) / map.size(3);
  return valid.slice(2, stride_y / 2, at::nullopt, stride_y)
      .slice(3, stride_x / 2, at::nullopt, stride_x)
      .slice(2, 0, map.size(2))
      .slice(3, 0, map.size(3));
}

at::Tensor mean_pool(const at::Tensor& map, const at::Tensor& cells) {
  return (map * cells).sum({2, 3}) / cells.sum({2, 3}).clamp_min(1);
}

at::Tensor top_pool(const at::Tensor& map, const at::Tensor& cells, double fraction) {
  const at::Tensor count = (cells.sum({2, 3}) * fraction).round().clamp_min(1);  // [N, 1]
  const int64_t most = count.max().item<int64_t>();
  const at::Tensor masked = map.masked_fill(cells < .5, kNever).flatten(2);  // [N, K, h·w]
  const at::Tensor top = std::get<0>(masked.topk(most, 2));
  const at::Tensor rank = torch::arange(most, map.options()).view({1, 1, -1});
  const at::Tensor taken = (rank < count.unsqueeze(2)).to(map.dtype());
  return (top * taken).sum(2) / count;
}

}  // namespace paucal::train
