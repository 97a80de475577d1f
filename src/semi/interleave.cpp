#include "semi/interleave.h"

#include <torch/torch.h>

#include <numeric>
#include <optional>

namespace paucal::semi {
namespace {

constexpr uint64_t kShareStream = 0x6d697873;    // "mixs"
constexpr uint64_t kPartnerStream = 0x6d697870;  // "mixp"

// [N]
at::Tensor shares_of(const ToMix& batch, double alpha, uint64_t seed) {
  return train::draw_rows({seed, kShareStream}, batch.rows, {batch.views.size(0)},
                          [=](Random& random, std::span<float> share) {
                            const double drawn = alpha > 0 ? random.beta(alpha, alpha) : 1;
                            share[0] = static_cast<float>(std::max(drawn, 1 - drawn));
                          });
}

// [N]: each number once.
at::Tensor partners_of(const ToMix& batch, uint64_t seed) {
  std::vector<int64_t> partner(static_cast<size_t>(batch.views.size(0)));
  std::iota(partner.begin(), partner.end(), 0);
  random_at(seed, kPartnerStream, batch.rows.at(0).places.at(0)).shuffle(partner);
  return torch::tensor(partner);
}

}  // namespace

Mixed mix(const ToMix& batch, double alpha, uint64_t seed) {
  const c10::Device device = batch.views.device();
  const at::Tensor share = shares_of(batch, alpha, seed).to(device);
  const at::Tensor other = partners_of(batch, seed).to(device);
  const auto blend = [&](const at::Tensor& x) {
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[0] = x.size(0);
    return torch::lerp(x.index_select(0, other), x, share.view(shape));
  };
  return {blend(batch.views), blend(batch.targets)};
}

std::vector<at::Tensor> interleave(std::vector<at::Tensor> batches) {
  const auto count = static_cast<int64_t>(batches.size());
  std::vector<std::vector<at::Tensor>> parts;
  for (const at::Tensor& batch : batches) {
    const int64_t size = batch.size(0);
    std::vector<at::Tensor>& own = parts.emplace_back();
    for (int64_t i = 0; i < count; ++i)
      own.push_back(batch.slice(0, size * i / count, size * (i + 1) / count));
  }
  for (size_t i = 1; i < parts.size(); ++i) std::swap(parts[0][i], parts[i][i]);
  for (size_t i = 0; i < parts.size(); ++i) batches[i] = torch::cat(parts[i]);
  return batches;
}

at::Tensor forward_interleaved(Network& network, const at::Tensor& views, int64_t batch) {
  std::vector<at::Tensor> logits;
  std::optional<KeepStatistics> keep;
  for (const at::Tensor& part : interleave(views.split(batch))) {
    logits.push_back(network.forward(part).logits);
    if (!keep) keep.emplace(network);
  }
  return torch::cat(interleave(std::move(logits)));
}

}  // namespace paucal::semi
