// Virtual adversarial training (Miyato et al., TPAMI 2019): predictions must not change in the
// direction in which they change most.

#include <torch/torch.h>

#include "semi/drawn_rows.h"
#include "semi/method.h"
#include "semi/ramp.h"
#include "semi/targets.h"

namespace paucal::semi {
namespace {

constexpr uint64_t kDirectionStream = 0x76617464;  // "vatd"

struct VatOptions {
  double radius = 6;
  double probe = 0.1;
  double weight = 0.3;
  double entropy = 0.06;
  double ramp = 0.4;

  template <class V>
  void visit(V& v) {
    v(radius, "radius", "length of the adversarial step, L2 over the sample", Range{0, 1000});
    v(probe, "probe",
      "length of the step that finds its direction; much of the papers' 1e-6 is lost in the "
      "rounding of 32-bit numbers, and the direction is worse",
      Range{1e-8, 100});
    v(weight, "weight", "weight of the unlabelled loss", Range{0, 1000});
    v(entropy, "entropy", "weight of the predictions' entropy", Range{0, 1000});
    v(ramp, "ramp", "share of the run over which the weight rises", Range{0, 1});
  }
};

// Every sample of length 1.
at::Tensor normalised(const at::Tensor& views) {
  const at::Tensor flat = views.flatten(1);
  return (flat / flat.norm(2, 1, /*keepdim=*/true).clamp_min(1e-30)).view_as(views);
}

class Vat : public Method {
 public:
  Vat(const VatOptions& options, const Setting& setting) : options_(options), seed_(setting.seed) {}

  Losses step(const Batch& batch, const Context& context) override {
    const at::Tensor labelled =
        cross_entropy(context.student.forward(batch.labelled).logits, batch.labels).mean();
    const KeepStatistics keep(context.student);
    const at::Tensor views = batch.weak[0].contiguous();
    const at::Tensor logits = context.student.forward(views).logits;
    const at::Tensor p = probabilities(logits);
    const at::Tensor away = direction(random_start(batch), views, p, context.student);
    const at::Tensor shifted = context.student.forward(views + options_.radius * away).logits;
    const at::Tensor lds = kl_divergence(p, shifted).mean();
    const at::Tensor entropy = cross_entropy(logits, torch::softmax(logits, 1)).mean();
    const Prediction teacher = most_likely(p);
    return {.labelled = labelled,
            .unlabelled = options_.weight * linear_ramp(context.done(), options_.ramp) * lds +
                          options_.entropy * entropy,
            .parts = {{"adversarial", lds.detach()}, {"entropy", entropy.detach()}},
            .pseudo = {teacher.label, teacher.confidence, torch::ones_like(teacher.confidence)}};
  }

 private:
  // Every direction is as likely as any other.
  at::Tensor random_start(const Batch& batch) const {
    const at::Tensor& views = batch.weak[0];
    return train::draw_rows({seed_, kDirectionStream}, {drawn_rows(batch, View::kWeak)},
                            views.sizes(), train::fill_normal)
        .to(views.options());
  }
  // One step of the power method from `start` (algorithm 1). Differentiates by the step alone: the
  // weights' gradients are not touched.
  at::Tensor direction(const at::Tensor& start, const at::Tensor& views, const at::Tensor& p,
                       Network& student) const {
    const at::Tensor step = (options_.probe * normalised(start)).requires_grad_(true);
    const at::Tensor divergence = kl_divergence(p, student.forward(views + step).logits).sum();
    return normalised(torch::autograd::grad({divergence}, {step})[0]);
  }

  VatOptions options_;
  uint64_t seed_;
};

}  // namespace

extern const MethodInfo method_vat;
const MethodInfo method_vat = describe<Vat, VatOptions>(
    "vat", "VAT", "predictions must not change in their most sensitive direction",
    "Miyato et al., TPAMI 2019", {.mu = 1, .weak = 1});

}  // namespace paucal::semi
