#include "weak/dense/bags.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace paucal::weak {
namespace {

constexpr double kNever = -1e4;  // the logit of what is no member; finite, so that 0 · x stays 0

at::Tensor logit_of(const at::Tensor& probability) {
  const at::Tensor p = probability.clamp(1e-6, 1 - 1e-6);
  return p.log() - (1 - p).log();
}

at::Tensor log_sum_exp(const at::Tensor& z, const at::Tensor& count, double r) {
  return (torch::logsumexp(r * z, {1}) - count.log()) / r;
}

at::Tensor top_mean(const at::Tensor& z, const at::Tensor& count, double share) {
  const at::Tensor wanted = (count * share).ceil().clamp_min(1);
  const auto most = std::min<int64_t>(wanted.max().item<int64_t>(), z.size(1));
  const at::Tensor best = std::get<0>(z.topk(most, 1)).sigmoid();
  const at::Tensor counts =
      (torch::arange(most, z.options()).unsqueeze(0) < wanted.unsqueeze(1)).to(z.scalar_type());
  return logit_of((best * counts).sum(1) / wanted);
}

}  // namespace

at::Tensor bag_logits(const at::Tensor& logits, const at::Tensor& inside,
                      const BagOptions& options) {
  if (logits.size(0) == 0 || logits.size(1) == 0) return logits.sum(1);
  const at::Tensor count = inside.sum(1).to(logits.scalar_type()).clamp_min(1);
  const at::Tensor z = logits.masked_fill(~inside, kNever);
  at::Tensor bags;
  if (options.pool == "lse")
    bags = log_sum_exp(z, count, options.r);
  else if (options.pool == "topk")
    bags = top_mean(z, count, options.top);
  else if (options.pool == "attention")
    bags = logit_of((torch::softmax(z, 1) * z.sigmoid()).sum(1));
  else
    fail("bags", "pool '{}': expected lse, topk or attention", options.pool);
  return bags.masked_fill(~inside.any(1), 0);
}

}  // namespace paucal::weak
