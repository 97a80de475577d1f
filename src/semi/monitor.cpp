#include "semi/monitor.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/log.h"
#include "semi/targets.h"

namespace paucal::semi {
namespace {

constexpr double kDecay = 0.99;       // a memory of some 100 steps
constexpr int64_t kFirstAlarm = 300;  // steps until the histogram means something
constexpr double kCollapsed = 0.5;    // of the classes that the labels have

double spread(const at::Tensor& histogram) {
  return std::exp(-torch::xlogy(histogram, histogram).sum().item<double>());
}

}  // namespace

Monitor::Monitor(Audit audit, at::Tensor prior)
    : audit_(std::move(audit)),
      prior_classes_(spread(prior)),
      histogram_(prior.clone()),
      warned_(torch::zeros({}, torch::kLong)) {}

std::vector<std::pair<std::string, at::Tensor>> Monitor::watch(const PseudoLabels& pseudo,
                                                               const at::Tensor& index,
                                                               int64_t step) {
  const torch::NoGradGuard no_grad;
  const at::Tensor label = pseudo.label.cpu(),
                   weight = pseudo.weight.to(torch::kCPU, torch::kFloat),
                   confidence = pseudo.confidence.to(torch::kCPU, torch::kFloat);
  std::vector<std::pair<std::string, at::Tensor>> figures = {{"pseudo_share", weight.mean()}};
  const double counted = weight.sum().item<double>();
  if (counted > 0) {
    const at::Tensor now =
        torch::matmul(weight, one_hot_targets(label, histogram_.size(0))) / counted;
    histogram_.lerp_(now, 1 - kDecay);
  }
  const double classes = spread(histogram_);
  figures.emplace_back("pseudo_classes", torch::scalar_tensor(classes));
  if (step >= kFirstAlarm && classes < kCollapsed * prior_classes_) warn_of_collapse(classes, step);

  at::Tensor truth = index.to(torch::kCPU, torch::kLong).clone();
  std::transform(truth.data_ptr<int64_t>(), truth.data_ptr<int64_t>() + truth.numel(),
                 truth.data_ptr<int64_t>(), audit_);
  const at::Tensor known = weight * (truth >= 0).to(torch::kFloat);
  const double audited = known.sum().item<double>();
  if (audited > 0) {
    const at::Tensor right = (label == truth).to(torch::kFloat);
    const at::Tensor precision = (known * right).sum() / audited;
    figures.emplace_back("pseudo_precision", precision);
    figures.emplace_back("pseudo_overconfidence", (known * confidence).sum() / audited - precision);
  }
  return figures;
}

void Monitor::warn_of_collapse(double classes, int64_t step) {
  if (warned_.item<int64_t>() != 0) return;
  warned_.fill_(1);
  log::warn(
      "semi: at step {} the pseudo-labels have collapsed into about {:.1f} classes, the labels "
      "have "
      "{:.1f}. The unlabelled images probably harm now. More labels of the classes that vanished "
      "help most; else semi.method=freematch or softmatch, a higher threshold, or a lower weight",
      step, classes, prior_classes_);
}

}  // namespace paucal::semi
