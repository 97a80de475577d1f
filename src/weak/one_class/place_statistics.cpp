#include "weak/one_class/place_statistics.h"

#include <torch/torch.h>

#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace paucal::weak {
namespace {

constexpr uint64_t kPlaceStream = 0x706c'6163;  // "plac"

// `count` of n numbers, drawn without putting back, in rising order.
at::Tensor draw_rows(int64_t n, int64_t count, Random& random) {
  std::vector<int64_t> all(static_cast<size_t>(n));
  std::iota(all.begin(), all.end(), int64_t{0});
  for (int64_t i = 0; i < count; ++i)
    std::swap(all[static_cast<size_t>(i)], all[static_cast<size_t>(i + random.below(n - i))]);
  all.resize(static_cast<size_t>(count));
  std::ranges::sort(all);
  return torch::tensor(all);
}

}  // namespace

PlaceStatistics::PlaceStatistics(std::vector<int64_t> stages, int64_t sample, int64_t views,
                                 uint64_t seed)
    : stages_(std::move(stages)),
      quota_(std::max<int64_t>(1, sample / std::max<int64_t>(1, views))),
      seed_(seed) {
  const int64_t channels = std::accumulate(stages_.begin(), stages_.end(), int64_t{0});
  moment_ = torch::zeros({channels, channels}, at::kDouble);
}

void PlaceStatistics::add(const at::Tensor& places, int64_t owner) {
  const torch::NoGradGuard no_grad;
  Random random(seed_, kPlaceStream, static_cast<uint64_t>(view_++));
  const int64_t n = places.size(0);
  if (n == 0) return;
  count_ += n;
  moment_ += torch::mm(places.t(), places).to(at::kDouble);
  const int64_t kept = std::min(n, quota_);
  sampled_.push_back(places.index_select(0, draw_rows(n, kept, random)));
  owners_.push_back(torch::full({kept}, owner, at::kLong));
}

at::Tensor PlaceStatistics::projection(int64_t dims) const {
  if (count_ == 0) fail("one_class", "no place of any OK image, expected at least one");
  const torch::NoGradGuard no_grad;
  const at::Tensor squares = moment_.diagonal() / static_cast<double>(count_);
  at::Tensor scale = torch::empty_like(squares);
  int64_t first = 0;
  for (const int64_t channels : stages_) {
    const double sum = squares.narrow(0, first, channels).sum().item<double>();
    scale.narrow(0, first, channels).fill_(sum > 0 ? 1 / std::sqrt(sum) : 0);
    first += channels;
  }
  const at::Tensor scaled = scale.unsqueeze(1) * moment_ * scale;
  const at::Tensor axes = std::get<1>(torch::linalg_eigh(scaled));  // columns, values rising
  const int64_t kept = std::min(dims, axes.size(1));
  at::Tensor main = axes.narrow(1, axes.size(1) - kept, kept).flip(1);
  // An axis has no direction of its own; processors differ in the one that they find.
  const at::Tensor largest = main.gather(0, main.abs().argmax(0, /*keepdim=*/true));
  main = main * torch::where(largest < 0, -1., 1.);
  return (main.t() * scale).to(at::kFloat).contiguous();
}

at::Tensor PlaceStatistics::sampled() const {
  return torch::cat(sampled_);
}

at::Tensor PlaceStatistics::owners() const {
  return torch::cat(owners_);
}

}  // namespace paucal::weak
