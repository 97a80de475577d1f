// ReMixMatch (Berthelot et al., ICLR 2020): MixMatch with aligned guesses that strong views are
// anchored to, and with telling rotations apart.

#include <torch/torch.h>

#include "base/error.h"
#include "semi/alignment.h"
#include "semi/drawn_rows.h"
#include "semi/interleave.h"
#include "semi/method.h"
#include "semi/ramp.h"
#include "semi/targets.h"

namespace paucal::semi {
namespace {

constexpr uint64_t kTurnStream = 0x7475726e;  // "turn"
constexpr int64_t kTurns = 4;

struct ReMixMatchOptions {
  double temperature = 0.5;
  double alpha = 0.75;
  double weight = 1.5;
  double unmixed_weight = 0.5;
  double rotation_weight = 0.5;
  double ramp = 0.015625;
  int64_t memory = 128;

  template <class V>
  void visit(V& v) {
    v(temperature, "temperature", "sharpening of guessed labels", Range{0.01, 10});
    v(alpha, "alpha", "of the Beta distribution that mixes two samples", Range{0, 100});
    v(weight, "weight", "weight of the mixed unlabelled samples", Range{0, 1000});
    v(unmixed_weight, "unmixed_weight", "weight of the first strong view, not mixed",
      Range{0, 1000});
    v(rotation_weight, "rotation_weight", "weight of telling quarter turns apart; 0: no such head",
      Range{0, 1000});
    v(ramp, "ramp", "share of the run over which the weights rise", Range{0, 1});
    v(memory, "memory", "batches whose mean prediction is aligned with the labels",
      Range{1, 100000});
  }
};

class ReMixMatch : public Method {
 public:
  ReMixMatch(const ReMixMatchOptions& options, const Setting& setting)
      : options_(options),
        classes_(setting.classes),
        seed_(setting.seed),
        prior_(setting.labelled_prior()),
        mean_(MeanPrediction::of_last(options.memory, setting.classes)),
        rotation_(options.rotation_weight > 0 ? torch::nn::Linear(setting.features, kTurns)
                                              : torch::nn::Linear(nullptr)) {}

  Losses step(const Batch& batch, const Context& context) override {
    at::Tensor guess;
    {
      const torch::NoGradGuard no_grad;
      const KeepStatistics keep(context.student);
      const at::Tensor p = probabilities(context.student.forward(batch.weak[0]).logits);
      // The guess first: this batch must not align itself.
      guess = sharpen(align(p, prior_, mean_.mean()), options_.temperature);
      mean_.update(p);
    }
    const Mixed mixed =
        mix({.views = torch::cat({batch.labelled, batch.strong[0], batch.strong[1], batch.weak[0]}),
             .targets = torch::cat({one_hot_targets(batch.labels, classes_), guess, guess, guess}),
             .rows = {drawn_rows(batch, View::kLabelled), drawn_rows(batch, View::kStrong, 0),
                      drawn_rows(batch, View::kStrong, 1), drawn_rows(batch, View::kWeak)}},
            options_.alpha, seed_);
    const int64_t labelled = batch.labels.size(0), all = mixed.views.size(0);
    const at::Tensor logits = forward_interleaved(context.student, mixed.views, labelled);
    const auto loss = [&](int64_t first, int64_t count) {
      return cross_entropy(logits.narrow(0, first, count), mixed.targets.narrow(0, first, count))
          .mean();
    };

    const KeepStatistics keep(context.student);
    const at::Tensor unmixed =
        cross_entropy(context.student.forward(batch.strong[0]).logits, guess).mean();
    const at::Tensor turned = rotation_loss(batch, context.student);
    const double ramp = linear_ramp(context.done(), options_.ramp);
    const Prediction teacher = most_likely(guess);
    return {.labelled = loss(0, labelled),
            .unlabelled = options_.weight * ramp * loss(labelled, all - labelled) +
                          options_.unmixed_weight * ramp * unmixed +
                          options_.rotation_weight * turned,
            .parts = {{"rotation", turned.detach()}},
            .pseudo = {teacher.label, teacher.confidence, torch::ones_like(teacher.confidence)}};
  }

  train::TensorMap state() const override { return mean_.state(); }
  std::shared_ptr<torch::nn::Module> heads() const override {
    return rotation_ ? rotation_.ptr() : nullptr;
  }

 private:
  // Each view turned by a drawn number of quarters, which the head must name. Views that are no
  // images have no rotation.
  at::Tensor rotation_loss(const Batch& batch, Network& student) {
    const at::Tensor& views = batch.strong[0];
    if (!rotation_ || views.dim() != 4) return torch::zeros({}, views.options());
    if (views.size(2) != views.size(3))
      fail("remixmatch",
           "views of {} x {} pixels can't be turned, expected squares; "
           "input.width = input.height, or semi.remixmatch.rotation_weight=0",
           views.size(3), views.size(2));
    const at::Tensor turns = turns_of(batch);
    std::vector<at::Tensor> turned;
    for (int64_t i = 0; i < views.size(0); ++i)
      turned.push_back(torch::rot90(views[i], turns[i].item<int64_t>(), {1, 2}));
    const at::Tensor rotated = torch::stack(turned).contiguous(views.suggest_memory_format());
    const Outputs out = student.forward(rotated);
    return cross_entropy(rotation_->forward(out.features), turns.to(views.device())).mean();
  }
  // [U] int64 on the CPU, 0 … 3.
  at::Tensor turns_of(const Batch& batch) const {
    return train::draw_rows({seed_, kTurnStream}, {drawn_rows(batch, View::kStrong)},
                            {batch.strong[0].size(0)},
                            [](Random& random, std::span<float> turn) {
                              turn[0] = static_cast<float>(random.below(kTurns));
                            })
        .to(torch::kLong);
  }

  ReMixMatchOptions options_;
  int64_t classes_;
  uint64_t seed_;
  at::Tensor prior_;
  MeanPrediction mean_;
  torch::nn::Linear rotation_;
};

}  // namespace

extern const MethodInfo method_remixmatch;
const MethodInfo method_remixmatch = describe<ReMixMatch, ReMixMatchOptions>(
    "remixmatch", "ReMixMatch", "MixMatch with aligned guesses, anchored strong views, rotations",
    "Berthelot et al., ICLR 2020", {.mu = 1, .weak = 1, .strong = 2});

}  // namespace paucal::semi
