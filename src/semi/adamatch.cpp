// AdaMatch (Berthelot et al., ICLR 2022), its semi-supervised variant: aligned predictions, a
// threshold relative to the labelled confidence, and logits that are right under either batch.

#include <torch/torch.h>

#include "semi/alignment.h"
#include "semi/drawn_rows.h"
#include "semi/ramp.h"
#include "semi/views.h"

namespace paucal::semi {
namespace {

constexpr uint64_t kBlendStream = 0x61646162;  // "adab"

struct AdaMatchOptions {
  double threshold = 0.9;
  double weight = 1;
  double ramp = 0.5;
  double decay = 0.999;
  int64_t memory = 128;

  template <class V>
  void visit(V& v) {
    v(threshold, "threshold", "share of the labelled samples' mean confidence that counts",
      Range{0, 1});
    v(weight, "weight", "weight of the unlabelled loss", Range{0, 1000});
    v(ramp, "ramp", "share of the run over which the weight rises", Range{0, 1});
    v(decay, "decay", "memory of the labelled samples' mean prediction", Range{0, 1});
    v(memory, "memory", "batches of the unlabelled samples' mean prediction", Range{1, 100000});
  }
};

class AdaMatch : public Method {
 public:
  AdaMatch(const AdaMatchOptions& options, const Setting& setting)
      : options_(options),
        seed_(setting.seed),
        labelled_(MeanPrediction::moving(options.decay, setting.classes)),
        unlabelled_(MeanPrediction::of_last(options.memory, setting.classes)) {}

  Losses step(const Batch& batch, const Context& context) override {
    const ViewOutputs out = forward_views(batch, context);
    const int64_t count = batch.labels.size(0);
    at::Tensor alone;
    {
      const KeepStatistics keep(context.student);
      alone = context.student.forward(join({batch.labelled, batch.labelled_strong})).logits;
    }
    // Random logit interpolation (equation 1): one share for every logit.
    const at::Tensor share = shares(batch, alone.sizes()).to(alone.device());
    const at::Tensor together = torch::cat({out.labelled.logits, out.labelled_strong.logits});
    const at::Tensor blended = torch::lerp(alone, together, share);
    const at::Tensor source = blended.narrow(0, 0, count);

    const at::Tensor p_labelled = probabilities(source);
    const at::Tensor p_unlabelled = probabilities(out.weak[0].logits);
    labelled_.update(p_labelled);
    unlabelled_.update(p_unlabelled);
    const Prediction weak = most_likely(align(p_unlabelled, labelled_.mean(), unlabelled_.mean()));
    const at::Tensor threshold = options_.threshold * most_likely(p_labelled).confidence.mean();
    const at::Tensor mask = (weak.confidence >= threshold).to(at::kFloat);
    const double weight = options_.weight * cosine_ramp(context.done(), options_.ramp);
    return {.labelled = cross_entropy(blended, torch::cat({batch.labels, batch.labels})).mean(),
            .unlabelled = weight * (mask * cross_entropy(out.strong[0].logits, weak.label)).mean(),
            .parts = {{"threshold", threshold}},
            .pseudo = {weak.label, weak.confidence, mask}};
  }

  train::TensorMap state() const override {
    train::TensorMap state;
    for (const auto& [name, tensor] : labelled_.state()) state.emplace("labelled." + name, tensor);
    for (const auto& [name, tensor] : unlabelled_.state())
      state.emplace("unlabelled." + name, tensor);
    return state;
  }

 private:
  // [labelled, then their strong views; K], 0 … 1.
  at::Tensor shares(const Batch& batch, at::IntArrayRef sizes) const {
    return train::draw_rows(
        {seed_, kBlendStream},
        {drawn_rows(batch, View::kLabelled), drawn_rows(batch, View::kLabelledStrong)}, sizes,
        [](Random& random, std::span<float> share) {
          for (float& one : share) one = static_cast<float>(random.uniform());
        });
  }

  AdaMatchOptions options_;
  uint64_t seed_;
  MeanPrediction labelled_, unlabelled_;
};

}  // namespace

extern const MethodInfo method_adamatch;
const MethodInfo method_adamatch = describe<AdaMatch, AdaMatchOptions>(
    "adamatch", "AdaMatch", "aligned predictions, threshold relative to the labelled confidence",
    "Berthelot et al., ICLR 2022", {.mu = 3, .strong = 1, .labelled_strong = true});

}  // namespace paucal::semi
