#include "semi/monitor.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>

#include "base/host/log.h"
#include "semi/targets.h"

namespace paucal::semi {
namespace {

constexpr double kDecay = 0.99;       // a memory of some 100 steps
constexpr int64_t kFirstAlarm = 300;  // steps until the histogram means something
constexpr double kCollapsed = 0.5;    // of the classes that the labels have
constexpr int64_t kBins = 15;
constexpr int64_t kMostNamed = 50, kWorst = 5;  // classes in the log
constexpr float kEnough = 0.5;                  // pseudo-labels behind the precision of a class

double spread(const at::Tensor& histogram) {
  return std::exp(-torch::xlogy(histogram, histogram).sum().item<double>());
}

at::Tensor on_cpu(const at::Tensor& values) {
  return values.to(torch::kCPU, torch::kFloat);
}

// tally[row][at[i]] += values[i], after the past has faded.
void fade_in(at::Tensor tally, const at::Tensor& at, const std::vector<at::Tensor>& values) {
  tally.mul_(kDecay);
  for (size_t row = 0; row < values.size(); ++row)
    tally.select(0, static_cast<int64_t>(row)).index_add_(0, at, values[row]);
}

}  // namespace

bool is_due(int64_t step, int64_t total_steps) {
  const int64_t every = std::max<int64_t>(20, total_steps / 200);
  return step % every == 0 || step + 1 == total_steps;
}

Monitor::Monitor(Audit audit, at::Tensor prior, std::vector<std::string> names)
    : audit_(std::move(audit)),
      prior_(prior.clone()),
      names_(std::move(names)),
      prior_classes_(spread(prior)),
      histogram_(prior.clone()),
      calibration_(torch::zeros({3, kBins})),
      audited_(torch::zeros({2, prior.size(0)})),
      warned_(torch::zeros({}, torch::kLong)) {
  for (int64_t c = static_cast<int64_t>(names_.size()); c < prior.size(0); ++c)
    names_.push_back(std::to_string(c));
}

Figures Monitor::watch(const PseudoLabels& pseudo, const at::Tensor& index, int64_t step) {
  const torch::NoGradGuard no_grad;
  const PseudoLabels here = {pseudo.label.cpu(), on_cpu(pseudo.confidence), on_cpu(pseudo.weight)};
  Figures figures = {{"pseudo_share", here.weight.mean()}};
  const double counted = here.weight.sum().item<double>();
  if (counted > 0) {
    const at::Tensor now =
        torch::matmul(here.weight, one_hot_targets(here.label, histogram_.size(0))) / counted;
    histogram_.lerp_(now, 1 - kDecay);
  }
  const double classes = spread(histogram_);
  figures.emplace_back("pseudo_classes", torch::scalar_tensor(classes));
  figures.emplace_back("pseudo_prior_gap", (histogram_ - prior_).abs().sum() / 2);
  if (step >= kFirstAlarm && classes < kCollapsed * prior_classes_) warn_of_collapse(classes, step);
  at::Tensor truth = index.to(torch::kCPU, torch::kLong).clone();
  std::transform(truth.data_ptr<int64_t>(), truth.data_ptr<int64_t>() + truth.numel(),
                 truth.data_ptr<int64_t>(), audit_);
  for (auto& figure : audit(here, truth)) figures.push_back(std::move(figure));
  return figures;
}

Figures Monitor::audit(const PseudoLabels& pseudo, const at::Tensor& truth) {
  const at::Tensor known = (truth >= 0).to(torch::kFloat);
  if (known.sum().item<double>() == 0) return {};
  const at::Tensor right = known * (pseudo.label == truth).to(torch::kFloat);
  const at::Tensor counted = known * pseudo.weight;
  Figures figures;
  if (const double audited = counted.sum().item<double>(); audited > 0) {
    const at::Tensor precision = (right * pseudo.weight).sum() / audited;
    figures.emplace_back("pseudo_precision", precision);
    figures.emplace_back("pseudo_overconfidence",
                         (counted * pseudo.confidence).sum() / audited - precision);
  }
  fade_in(audited_, pseudo.label, {counted, right * pseudo.weight});
  // Bins (low, high], as train::ece() has them.
  const at::Tensor bin =
      (torch::ceil(pseudo.confidence * kBins) - 1).clamp(0, kBins - 1).to(torch::kLong);
  fade_in(calibration_, bin, {known, known * pseudo.confidence, right});
  figures.emplace_back("pseudo_ece",
                       (calibration_[1] - calibration_[2]).abs().sum() / calibration_[0].sum());
  return figures;
}

Figures Monitor::by_class() const {
  const at::Tensor ratio = histogram_ / prior_.clamp_min(1e-6);
  std::vector<int64_t> shown(names_.size());
  std::iota(shown.begin(), shown.end(), 0);
  if (static_cast<int64_t>(shown.size()) > kMostNamed) {
    const float* at = ratio.data_ptr<float>();
    std::ranges::stable_sort(shown, {}, [at](int64_t c) { return at[c]; });
    shown.erase(shown.begin() + kWorst, shown.end() - kWorst);
  }
  Figures figures;
  for (const int64_t c : shown) {
    const std::string& name = names_[static_cast<size_t>(c)];
    figures.emplace_back("pseudo_ratio/" + name, ratio[c]);
    if (audited_[0][c].item<float>() >= kEnough)
      figures.emplace_back("pseudo_precision/" + name, audited_[1][c] / audited_[0][c]);
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
