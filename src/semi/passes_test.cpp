// What well-known toolkits get wrong about forward passes: batch norm, teachers, VAT's probe. Each
// test shows too, where that is cheap, that the naive form gives another result, so that it would
// fail on it.

#include <gtest/gtest.h>

#include "semi/interleave.h"
#include "semi/test_logits.h"
#include "semi/test_moons.h"

namespace paucal::semi {
namespace {

using namespace on_logits;

class OnMoons {
 public:
  explicit OnMoons(std::string_view name, const std::vector<std::string>& assignments = {})
      : info_(find_method(name)), student_(1), teacher_(2) {
    Setting setting = setting_for(MoonNetwork::kFeatures);
    setting.classes = 2;
    setting.labelled = 6;
    setting.batch = 6;
    setting.labelled_classes = {0, 1, 0, 1, 0, 1};
    method_ = info_.make(options_with(info_, assignments), setting);
    Random random(3);
    const Moons moons(12, 1);
    std::vector<int64_t> first, second;
    for (int64_t i = 0; i < 6; ++i) {
      first.push_back(i);
      second.push_back(6 + i);
    }
    batch_.labelled = moons.views(first, 0, random);
    batch_.labels = torch::tensor(setting.labelled_classes, torch::kLong);
    batch_.labelled_index = torch::arange(6);
    batch_.index = torch::arange(6);
    batch_.labelled_places = batch_.places = places_from(0, 6);
    for (int i = 0; i < info_.needs.weak; ++i)
      batch_.weak.push_back(moons.views(second, .1, random) * 2);
    for (int i = 0; i < info_.needs.strong; ++i)
      batch_.strong.push_back(moons.views(second, .5, random) * 4);
  }

  Losses step(bool joint_pass = true) {
    return method_->step(batch_, {student_, teacher_, kSteps / 2, kSteps, joint_pass});
  }
  Batch& batch() { return batch_; }
  MoonNetwork& student() { return student_; }
  MoonNetwork& teacher() { return teacher_; }

 private:
  const MethodInfo& info_;
  std::unique_ptr<Method> method_;
  MoonNetwork student_, teacher_;  // the student's seed is 1
  Batch batch_;
};

at::Tensor running_mean(MoonNetwork& network) {
  return network.named_buffers()["norm.running_mean"].clone();
}

// Running statistics after these forward passes, one after another.
at::Tensor statistics_after(const std::vector<at::Tensor>& passes) {
  MoonNetwork network(1);
  for (const at::Tensor& views : passes) network.forward(views);
  return running_mean(network);
}

TEST(Passes, AllViewsGoThroughBatchNormTogether) {
  for (const char* name : {"fixmatch", "flexmatch", "freematch", "softmatch", "uda", "debiaspl"}) {
    SCOPED_TRACE(name);
    OnMoons run(name);
    run.step();
    const Batch& batch = run.batch();
    const at::Tensor ours = running_mean(run.student());
    EXPECT_TRUE(torch::allclose(
        ours, statistics_after({torch::cat({batch.labelled, batch.weak[0], batch.strong[0]})}),
        1e-5, 1e-7));
    EXPECT_FALSE(torch::allclose(
        ours, statistics_after({batch.labelled, batch.weak[0], batch.strong[0]}), 1e-2, 1e-4));
  }
}

// Statistics of the batch are a way for gradients from the strong branch to the weak one, although
// its labels are detached; the pass apart shuts it.
TEST(Passes, OnlyThePassApartCutsTheWeakBranchOffBatchNorm) {
  const auto weak_gradient = [](bool joint) {
    OnMoons run("fixmatch", {"threshold=0"});
    at::Tensor weak = run.batch().weak[0].requires_grad_(true);
    run.step(joint).unlabelled.backward();
    return gradient_of(weak);
  };
  EXPECT_GT(weak_gradient(true), 0);
  EXPECT_EQ(weak_gradient(false), 0);
}

TEST(Passes, ConsistencyMethodsTakeStatisticsFromLabelledSamples) {
  for (const char* name : {"pi_model", "vat"}) {
    SCOPED_TRACE(name);
    OnMoons run(name);
    run.step();
    const at::Tensor ours = running_mean(run.student()), labelled = run.batch().labelled;
    EXPECT_TRUE(torch::allclose(ours, statistics_after({labelled}), 1e-5, 1e-7));
    EXPECT_FALSE(
        torch::allclose(ours, statistics_after({labelled, run.batch().weak[0]}), 1e-2, 1e-4));
  }
}

TEST(Passes, InterleavingIsItsOwnInverseAndSharesLabelledSamples) {
  std::vector<at::Tensor> batches;
  for (int64_t i = 0; i < 4; ++i) batches.push_back(torch::arange(10 * i, 10 * i + 10));
  const std::vector<at::Tensor> dealt = interleave(batches), back = interleave(dealt);
  for (size_t i = 0; i < batches.size(); ++i) {
    EXPECT_TRUE(torch::equal(back[i], batches[i]));
    const int64_t labelled = (dealt[i] < 10).sum().item<int64_t>();  // those of batch 0
    EXPECT_GE(labelled, 2);
    EXPECT_LE(labelled, 3);
  }
  EXPECT_EQ((batches[1] < 10).sum().item<int64_t>(), 0);  // without: none
  EXPECT_TRUE(torch::equal(std::get<0>(torch::cat(dealt).sort()), torch::arange(40)));
}

TEST(Passes, OnlyTheFirstInterleavedPassMovesStatistics) {
  MoonNetwork network(1);
  const at::Tensor labelled = torch::randn({6, 2}), others = torch::randn({12, 2}) * 3 + 2;
  const at::Tensor views = torch::cat({labelled, others});
  const at::Tensor logits = forward_interleaved(network, views, 6);
  EXPECT_EQ(logits.size(0), 18);
  const std::vector<at::Tensor> passes = interleave(views.split(6));
  EXPECT_TRUE(torch::allclose(running_mean(network), statistics_after({passes[0]}), 1e-5, 1e-7));
  EXPECT_EQ(network.named_buffers()["norm.num_batches_tracked"].item<int64_t>(), 1);
  EXPECT_FALSE(torch::allclose(running_mean(network), statistics_after(passes), 1e-2, 1e-4));
  EXPECT_FALSE(torch::allclose(running_mean(network), statistics_after({labelled}), 1e-2, 1e-4));
  // Logits come back in the order of the views.
  MoonNetwork again(1);
  std::vector<at::Tensor> parts;
  for (const at::Tensor& pass : passes) parts.push_back(again.forward(pass).logits);
  EXPECT_TRUE(torch::allclose(logits, torch::cat(interleave(parts))));
  EXPECT_FALSE(torch::allclose(logits, torch::cat(parts)));
}

TEST(Passes, MixMatchMovesStatisticsOnceAStep) {
  for (const char* name : {"mixmatch", "remixmatch"}) {
    SCOPED_TRACE(name);
    OnMoons run(name);
    run.step();
    EXPECT_EQ(run.student().named_buffers()["norm.num_batches_tracked"].item<int64_t>(), 1);
  }
}

TEST(Passes, MeanTeacherTeachesTheStudentOnly) {
  OnMoons run("mean_teacher");
  const at::Tensor statistics = running_mean(run.teacher());
  const Losses losses = run.step();
  EXPECT_TRUE(torch::equal(running_mean(run.teacher()), statistics));
  losses.unlabelled.backward();
  double student = 0;
  for (const at::Tensor& parameter : run.student().parameters())
    if (parameter.grad().defined()) student += parameter.grad().abs().sum().item<double>();
  EXPECT_GT(student, 0);
  for (const at::Tensor& parameter : run.teacher().parameters())
    EXPECT_FALSE(parameter.grad().defined());
}

// Nonlinear, and wide enough that a random direction is a bad one.
class WideNetwork : public torch::nn::Module, public Network {
 public:
  static constexpr int64_t kWide = 64;

  explicit WideNetwork(uint64_t seed) {
    torch::manual_seed(seed);
    first_ = register_module("first", torch::nn::Linear(kWide, 32));
    last_ = register_module("last", torch::nn::Linear(32, kClasses));
  }
  Outputs forward(const at::Tensor& views) override {
    const at::Tensor features = torch::tanh(first_->forward(views) * 2);
    return {last_->forward(features) * 2, features};
  }
  torch::nn::Module& module() override { return *this; }

 private:
  torch::nn::Linear first_{nullptr}, last_{nullptr};
};

class VatProbe {
 public:
  VatProbe() : network_(4) {
    batch_ = batch_of(torch::randn({32, WideNetwork::kWide}), {});
    batch_.labelled = torch::randn({kClasses, WideNetwork::kWide});
    batch_.weak.resize(1);
    batch_.strong.clear();
  }

  Losses step(const char* probe) {
    const MethodInfo& info = find_method("vat");
    const auto method = info.make(options_with(info, {std::string("probe=") + probe, "radius=0.5"}),
                                  setting_for(32));
    return method->step(batch_, {network_, network_, kSteps - 1, kSteps});
  }
  // Mean divergence along directions that nothing chose.
  double random_divergence() {
    const torch::NoGradGuard no_grad;
    const at::Tensor& views = batch_.weak[0];
    const at::Tensor p = torch::softmax(network_.forward(views).logits, 1);
    double sum = 0;
    constexpr int kTries = 20;
    for (int i = 0; i < kTries; ++i) {
      at::Tensor direction = torch::randn_like(views);
      direction = .5 * direction / direction.norm(2, 1, true);
      const at::Tensor q = torch::log_softmax(network_.forward(views + direction).logits, 1);
      sum += (p * (p.log() - q)).sum(1).mean().item<double>();
    }
    return sum / kTries;
  }
  WideNetwork& network() { return network_; }

 private:
  WideNetwork network_;
  Batch batch_;
};

TEST(Passes, VatLeavesNoGradientOfItsProbe) {
  VatProbe vat;
  const Losses losses = vat.step("0.1");
  for (const at::Tensor& parameter : vat.network().parameters())
    EXPECT_FALSE(parameter.grad().defined());
  losses.unlabelled.backward();
  for (const at::Tensor& parameter : vat.network().parameters())
    EXPECT_TRUE(torch::isfinite(parameter.grad()).all().item<bool>());
}

TEST(Passes, VatFindsAnAdversarialDirection) {
  VatProbe vat;
  const double random = vat.random_divergence();
  const double ours = part_of(vat.step("0.1"), "adversarial");
  EXPECT_GT(ours, 3 * random);
  // The papers' probe drowns in float32: what is left is the rounding of the probabilities, drawn
  // through the network, which is a worse direction (though not as bad as a random one).
  for (const char* probe : {"1e-6", "1e-8"}) {
    const double papers = part_of(vat.step(probe), "adversarial");
    RecordProperty(probe, std::to_string(papers / random));
    EXPECT_LT(papers, .9 * ours);
  }
  RecordProperty("ours", std::to_string(ours / random));
}

}  // namespace
}  // namespace paucal::semi
