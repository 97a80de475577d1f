#include "weak/features/levels.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"

namespace paucal::weak {
namespace {

constexpr int64_t kProbeSide = 64;  // of the image that tells strides and channels

std::vector<at::Tensor> probed_stages(models::ImageModel& network) {
  network.eval();
  const at::Tensor probe = torch::zeros({1, network.options().channels, kProbeSide, kProbeSide});
  return network.stages(probe.to(network.parameters()[0].device()));
}

}  // namespace

std::vector<Level> find_levels(models::ImageModel& network, const std::vector<int>& strides) {
  const torch::NoGradGuard no_grad;
  const auto stages = probed_stages(network);
  std::vector<Level> levels;
  std::vector<int> known;
  for (size_t i = 0; i < stages.size(); ++i) {
    if (i + 1 < stages.size() && stages[i + 1].size(2) == stages[i].size(2)) continue;
    known.push_back(static_cast<int>(kProbeSide / stages[i].size(2)));
    if (std::ranges::find(strides, known.back()) != strides.end())
      levels.push_back({i, known.back(), stages[i].size(1)});
  }
  for (const int stride : strides)
    if (std::ranges::find(known, stride) == known.end())
      fail("pretrain", "{}: no stage of stride {}, expected some of its stages' ({})",
           network.options().arch, stride, fmt::join(known, ", "));
  return levels;
}

bool head_reads_more(models::ImageModel& network) {
  const torch::NoGradGuard no_grad;
  const auto stages = probed_stages(network);
  return !network.features_of(stages).is_same(stages.back());
}

at::Tensor at_places(const at::Tensor& map, const at::Tensor& places, int64_t width,
                     int64_t height) {
  namespace F = torch::nn::functional;
  const at::Tensor size =
      torch::tensor({static_cast<float>(width), static_cast<float>(height)}).to(places.device());
  const at::Tensor grid = (2 * places / size - 1).unsqueeze(2);  // [N, P, 1, 2]
  const at::Tensor seen = F::grid_sample(map.to(at::kFloat), grid,
                                         F::GridSampleFuncOptions()
                                             .mode(torch::kBilinear)
                                             .padding_mode(torch::kBorder)
                                             .align_corners(false));
  return seen.squeeze(3).transpose(1, 2).reshape({-1, map.size(1)});
}

}  // namespace paucal::weak
