#pragma once
// Methods on views that are logits, so that a test says outright what is predicted.

#include "semi/test_linear.h"

namespace paucal::semi::on_logits {

constexpr int64_t kClasses = 3, kUnlabelled = 40, kSteps = 20;

inline Row repeated(int64_t label, double logit) {
  Row row(kClasses, 0);
  row[static_cast<size_t>(label)] = logit;
  return row;
}

// `count` rows of logits that say `label`: 8 is 99.9 % sure, 0 is not sure at all.
inline at::Tensor says(int64_t label, double logit, int64_t count = 4) {
  return tensor_of(Rows(static_cast<size_t>(count), repeated(label, logit)));
}

inline double logit_of(double confidence) {
  return std::log(confidence * (kClasses - 1) / (1 - confidence));
}

inline Batch batch_of(const at::Tensor& weak, const at::Tensor& strong) {
  Batch batch;
  batch.labelled = torch::eye(kClasses) * 4;
  batch.labelled_strong = torch::eye(kClasses) * 2;
  batch.labels = torch::arange(kClasses);
  batch.labelled_index = torch::arange(kClasses);
  batch.weak = {weak, weak};
  batch.strong = {strong, strong};
  batch.index = torch::arange(weak.size(0));
  batch.labelled_places = places_from(0, kClasses);
  batch.places = places_from(0, weak.size(0));
  return batch;
}

inline Setting setting_for(int64_t features) {
  Setting setting;
  setting.classes = kClasses;
  setting.labelled = kClasses;
  setting.unlabelled = kUnlabelled;
  setting.batch = kClasses;
  setting.mu = 1;
  setting.labelled_classes = {0, 1, 2};
  setting.features = features;
  setting.seed = 5;
  return setting;
}

// A method on views that are logits: the network is the unit matrix.
class OnLogits {
 public:
  explicit OnLogits(std::string_view name, const std::vector<std::string>& assignments = {})
      : info_(find_method(name)),
        method_(info_.make(options_with(info_, assignments), setting_for(kClasses))),
        student_(torch::eye(kClasses)),
        teacher_(torch::eye(kClasses)) {}

  Losses step(Batch batch, int64_t step = kSteps / 2, bool joint_pass = true) {
    if (!info_.needs.labelled_strong) batch.labelled_strong = at::Tensor();
    batch.weak.resize(static_cast<size_t>(info_.needs.weak));
    batch.strong.resize(static_cast<size_t>(info_.needs.strong));
    return method_->step(batch, {student_, teacher_, step, kSteps, joint_pass});
  }
  double unlabelled(const at::Tensor& weak, const at::Tensor& strong, int64_t at = kSteps / 2) {
    return step(batch_of(weak, strong), at).unlabelled.item<double>();
  }
  const Method& method() const { return *method_; }

 private:
  const MethodInfo& info_;
  std::unique_ptr<Method> method_;
  LinearNetwork student_, teacher_;
};

// The largest element of what reached a tensor; 0 where nothing did.
inline double gradient_of(const at::Tensor& tensor) {
  return tensor.grad().defined() ? tensor.grad().abs().max().item<double>() : 0;
}

inline double cross_entropy_of(const at::Tensor& logits, int64_t label) {
  return -torch::log_softmax(logits, 1).select(1, label).mean().item<double>();
}

}  // namespace paucal::semi::on_logits
