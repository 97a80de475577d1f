// MixMatch (Berthelot et al., NeurIPS 2019): guessed labels, sharpened, and everything mixed with
// everything.

#include <torch/torch.h>

#include "semi/drawn_rows.h"
#include "semi/interleave.h"
#include "semi/method.h"
#include "semi/ramp.h"
#include "semi/targets.h"

namespace paucal::semi {
namespace {

struct MixMatchOptions {
  double temperature = 0.5;
  double alpha = 0.75;
  double weight = 75;
  double ramp = 0.016;

  template <class V>
  void visit(V& v) {
    v(temperature, "temperature", "sharpening of guessed labels", Range{0.01, 10});
    v(alpha, "alpha", "of the Beta distribution that mixes two samples", Range{0, 100});
    v(weight, "weight", "weight of the unlabelled loss", Range{0, 1000});
    v(ramp, "ramp", "share of the run over which the weight rises (the paper's 1,024 of 65,536 k)",
      Range{0, 1});
  }
};

class MixMatch : public Method {
 public:
  MixMatch(const MixMatchOptions& options, const Setting& setting)
      : options_(options), classes_(setting.classes), seed_(setting.seed) {}

  Losses step(const Batch& batch, const Context& context) override {
    at::Tensor guess;
    {
      const torch::NoGradGuard no_grad;
      const KeepStatistics keep(context.student);
      const at::Tensor first = probabilities(context.student.forward(batch.weak[0]).logits);
      const at::Tensor second = probabilities(context.student.forward(batch.weak[1]).logits);
      guess = sharpen((first + second) / 2, options_.temperature);
    }
    const Mixed mixed =
        mix({.views = torch::cat({batch.labelled, batch.weak[0], batch.weak[1]}),
             .targets = torch::cat({one_hot_targets(batch.labels, classes_), guess, guess}),
             .rows = {drawn_rows(batch, View::kLabelled), drawn_rows(batch, View::kWeak, 0),
                      drawn_rows(batch, View::kWeak, 1)}},
            options_.alpha, seed_);
    const int64_t labelled = batch.labels.size(0), all = mixed.views.size(0);
    const at::Tensor logits = forward_interleaved(context.student, mixed.views, labelled);
    const double weight = options_.weight * linear_ramp(context.done(), options_.ramp);
    const Prediction teacher = most_likely(guess);
    return {.labelled =
                cross_entropy(logits.narrow(0, 0, labelled), mixed.targets.narrow(0, 0, labelled))
                    .mean(),
            .unlabelled = weight * squared_error(logits.narrow(0, labelled, all - labelled),
                                                 mixed.targets.narrow(0, labelled, all - labelled))
                                       .mean(),
            .pseudo = {teacher.label, teacher.confidence, torch::ones_like(teacher.confidence)}};
  }

 private:
  MixMatchOptions options_;
  int64_t classes_;
  uint64_t seed_;
};

}  // namespace

extern const MethodInfo method_mixmatch;
const MethodInfo method_mixmatch = describe<MixMatch, MixMatchOptions>(
    "mixmatch", "MixMatch", "sharpened guesses, and everything mixed with everything",
    "Berthelot et al., NeurIPS 2019", {.mu = 1, .weak = 2});

}  // namespace paucal::semi
