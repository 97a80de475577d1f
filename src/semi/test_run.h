#pragma once
// A method in training on a small set, without trainer and files: enough to see in seconds whether
// it learns from samples without a label, and whether it goes on where it was.

#include <torch/torch.h>

#include "base/random.h"
#include "semi/method.h"
#include "train/ema.h"
#include "train/optimiser.h"

namespace paucal::semi {

enum class Strength { kNone, kWeak, kStrong };  // of the changes that make a view

// A method in training on a set of which the first few samples have a label. A Set has samples of
// given `classes`, drawn by (count, seed), `views()` of them, a network Net, and sizes.
template <class Set>
class MethodRun {
 public:
  MethodRun(const MethodInfo& info, const AnyOptions& options, uint64_t seed, int64_t steps)
      : info_(info),
        seed_(seed),
        total_(steps),
        set_(Set::kUnlabelled, seed),
        student_(seed),
        teacher_(seed),
        ema_(student_, teacher_, {.decay = .99}) {
    setting_.classes = Set::kClasses;
    setting_.labelled = Set::kLabelled;
    setting_.unlabelled = Set::kUnlabelled;
    setting_.batch = Set::kBatch;
    setting_.mu = std::min(info.needs.mu, Set::kMostMu);
    setting_.labelled_classes.assign(set_.classes.begin(), set_.classes.begin() + Set::kLabelled);
    setting_.features = Set::Net::kFeatures;
    setting_.seed = seed;
    torch::manual_seed(seed);
    method_ = info.make(options, setting_);
    train::NamedTensors trained = train::trainable_parameters(student_);
    if (const auto heads = method_->heads())
      for (auto& [name, tensor] : train::trainable_parameters(*heads))
        trained.emplace_back("heads." + name, tensor);
    optimiser_ = std::make_unique<train::Optimiser>(
        trained, train::OptimiserOptions{.name = "adamw", .lr = .005, .weight_decay = 1e-4});
  }

  // One step; its losses.
  Losses step() {
    optimiser_->zero_grad();
    Losses losses = method_->step(batch(), {student_, teacher_, step_, total_});
    at::Tensor total = losses.labelled;
    if (losses.unlabelled.defined()) total = total + losses.unlabelled;
    total.backward();
    optimiser_->step();
    ema_.update();
    ++step_;
    return losses;
  }

  // Of the averaged weights on other points.
  double accuracy() {
    const Set test(1000, seed_ + 1000);
    std::vector<int64_t> all(test.classes.size());
    std::iota(all.begin(), all.end(), 0);
    Random random(0);
    const torch::NoGradGuard no_grad;
    teacher_.eval();
    const at::Tensor views = test.views(all, Strength::kNone, random);
    const at::Tensor called = teacher_.forward(views).logits.argmax(1);
    teacher_.train();
    const at::Tensor right = called == torch::tensor(test.classes);
    return right.to(torch::kFloat).mean().template item<double>();
  }

  // Everything that a checkpoint holds: live tensors.
  train::TensorMap state() {
    train::TensorMap state;
    const auto add = [&](const std::string& prefix, const train::TensorMap& part) {
      for (const auto& [name, tensor] : part) state.emplace(prefix + name, tensor);
    };
    const auto add_module = [&](const std::string& prefix, const torch::nn::Module& module) {
      for (const auto& item : module.named_parameters())
        state.emplace(prefix + item.key(), item.value());
      for (const auto& item : module.named_buffers())
        state.emplace(prefix + item.key(), item.value());
    };
    add_module("student.", student_);
    if (const auto heads = method_->heads()) add_module("heads.", *heads);
    add("ema.", ema_.state());
    add("optimiser.", optimiser_->state());
    add("method.", method_->state());
    return state;
  }
  // Goes on from another run's state at `step`.
  void resume(const train::TensorMap& saved, int64_t step) {
    const torch::NoGradGuard no_grad;
    train::copy_state("test", saved, state());
    step_ = step;
  }

 private:
  Batch batch() const {
    Random random(seed_, 2, static_cast<uint64_t>(step_));
    const auto draw = [&](int64_t count, int64_t below) {
      std::vector<int64_t> items;
      for (int64_t i = 0; i < count; ++i) items.push_back(random.below(below));
      return items;
    };
    // Where no strong view is there, the weak ones must differ enough to teach.
    const Strength weak = info_.needs.strong == 0 ? Strength::kStrong : Strength::kWeak;
    Batch batch;
    const auto labelled = draw(Set::kBatch, Set::kLabelled);
    batch.labelled =
        set_.views(labelled, Set::kLabelledAsUnlabelled ? weak : Strength::kWeak, random);
    if (info_.needs.labelled_strong)
      batch.labelled_strong = set_.views(labelled, Strength::kStrong, random);
    std::vector<int64_t> labels;
    for (const int64_t i : labelled) labels.push_back(set_.classes[static_cast<size_t>(i)]);
    batch.labels = torch::tensor(labels);
    batch.labelled_index = torch::tensor(labelled);
    batch.labelled_places = places_of(Set::kBatch);
    const auto unlabelled = draw(Set::kBatch * setting_.mu, Set::kUnlabelled);
    for (int i = 0; i < info_.needs.weak; ++i)
      batch.weak.push_back(set_.views(unlabelled, weak, random));
    for (int i = 0; i < info_.needs.strong; ++i)
      batch.strong.push_back(set_.views(unlabelled, Strength::kStrong, random));
    batch.index = torch::tensor(unlabelled);
    batch.places = places_of(Set::kBatch * setting_.mu);
    return batch;
  }

  // Of the rows of this step, in a stream of which each step has so many.
  std::vector<int64_t> places_of(int64_t count) const {
    std::vector<int64_t> places(static_cast<size_t>(count));
    std::iota(places.begin(), places.end(), step_ * count);
    return places;
  }

  const MethodInfo& info_;
  uint64_t seed_;
  int64_t step_ = 0, total_;
  Set set_;
  Setting setting_;
  typename Set::Net student_, teacher_;
  train::Ema ema_;
  std::unique_ptr<Method> method_;
  std::unique_ptr<train::Optimiser> optimiser_;
};

}  // namespace paucal::semi
