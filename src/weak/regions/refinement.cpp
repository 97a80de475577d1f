#include "weak/regions/refinement.h"

#include <torch/torch.h>

#include "base/options.h"

namespace paucal::weak {

#define REFINEMENT(name) extern const RefinementInfo refinement_##name;
#include "weak/regions/refinements.def"
#undef REFINEMENT

const RefinementInfo& find_refinement(std::string_view name) {
#define REFINEMENT(name) &refinement_##name,
  static const std::vector<const RefinementInfo*> table = {
#include "weak/regions/refinements.def"
  };
#undef REFINEMENT
  std::vector<std::string> known;
  for (const RefinementInfo* refinement : table) {
    if (refinement->name == name) return *refinement;
    known.emplace_back(refinement->name);
  }
  fail_unknown("weak", "model.refine.type", name, known);
}

at::Tensor refinement_loss(const at::Tensor& logits, const RegionTargets& targets) {
  const int64_t regions = logits.size(0);
  if (regions == 0) return logits.sum();
  const at::Tensor labels = targets.labels.to(logits.device());
  const at::Tensor weights = targets.weights.to(logits.device());
  const at::Tensor log_p = torch::log_softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1);
  if (!targets.clusters.defined()) return -(weights * log_p).sum() / regions;

  const at::Tensor clusters = targets.clusters.to(logits.device());
  const at::Tensor alone = (clusters < 0).to(at::kFloat);
  at::Tensor loss = -(weights * alone * log_p).sum();
  const int64_t count = clusters.max().item<int64_t>() + 1;
  for (int64_t c = 0; c < count; ++c) {
    const at::Tensor own = (clusters == c).nonzero().squeeze(1);
    if (own.size(0) == 0) continue;
    const at::Tensor p = log_p.index_select(0, own).exp().mean();
    loss = loss - weights.index_select(0, own).sum() * p.clamp_min(1e-6).log();
  }
  return loss / regions;
}

}  // namespace paucal::weak
