#include "models/load_weights.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "models/tensor_file.h"

namespace paucal::models {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

// Wrappers that training programs put around a state_dict, the likeliest first.
constexpr std::array<std::string_view, 6> kPrefixes = {
    "", "module.", "state_dict.", "state_dict.module.", "model.", "model.module."};

std::string shape_text(const at::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

// By the names that the file may have: a detector takes the weights of a classifier, which knows
// of no backbone.
Tensors state_of(const ImageModel& model, const Tensors& file) {
  constexpr std::string_view kBackbone = "backbone.";
  const bool of_detector = std::ranges::any_of(
      file, [&](const auto& item) { return item.first.find(kBackbone) != std::string::npos; });
  Tensors state;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    const bool shorten = !of_detector && name.starts_with(kBackbone);
    state[shorten ? name.substr(kBackbone.size()) : name] = tensor;
  };
  for (const auto& item : model.named_parameters()) add(item.key(), item.value());
  for (const auto& item : model.named_buffers()) add(item.key(), item.value());
  return state;
}

std::string best_prefix(const Tensors& file, const Tensors& state) {
  std::string best;
  int best_count = 0;
  for (const std::string_view prefix : kPrefixes) {
    int count = 0;
    for (const auto& item : state) count += file.contains(std::string(prefix) + item.first) ? 1 : 0;
    if (count > best_count) {
      best = prefix;
      best_count = count;
    }
  }
  return best;
}

// Files of PyTorch before 0.4.1 have no such counters, and nothing that we compute needs them.
bool is_counter(const std::string& name) {
  return name.ends_with("num_batches_tracked");
}

class Loader {
 public:
  Loader(ImageModel& model, const Tensors& file) : file_(file), state_(state_of(model, file)) {}

  LoadReport match() {
    report_.prefix = best_prefix(file_, state_);
    for (const auto& [name, target] : state_) {
      const auto found = file_.find(report_.prefix + name);
      if (found != file_.end())
        consider(name, target, found->second);
      else if (!is_counter(name))
        report_.missing.push_back(name);
    }
    for (const auto& [name, tensor] : file_)
      if (!name.starts_with(report_.prefix) || !state_.contains(name.substr(report_.prefix.size())))
        report_.unexpected.push_back(name);
    return report_;
  }

  const std::vector<std::string>& mismatched() const { return mismatched_; }

  void copy() const {
    const at::NoGradGuard no_grad;
    for (const auto& [target, source] : copies_) target.copy_(source);
  }

 private:
  void consider(const std::string& name, const at::Tensor& target, const at::Tensor& source) {
    const at::Tensor adapted = adapt(name, target, source);
    const std::string shapes =
        fmt::format("{}: file {}, network {}", name, shape_text(source), shape_text(target));
    if (adapted.sizes() != target.sizes()) {
      (name.starts_with("fc.") ? report_.skipped : mismatched_).push_back(shapes);
      return;
    }
    if (adapted.is_floating_point() && !adapted.isfinite().all().item<bool>()) {
      mismatched_.push_back(name + ": values that are not finite");
      return;
    }
    if (source.sizes() != target.sizes()) report_.reshaped.push_back(shapes);
    report_.loaded.push_back(name);
    copies_.emplace_back(target, adapted);
  }

  static at::Tensor adapt(const std::string& name, const at::Tensor& target,
                          const at::Tensor& source) {
    if (name == "fc.weight" && source.dim() == 2) return source.unsqueeze(2).unsqueeze(3);
    const bool colour_to_grey =
        name == "conv1.weight" && source.dim() == 4 && source.size(1) == 3 && target.size(1) == 1;
    return colour_to_grey ? source.to(target.scalar_type()).sum(1, /*keepdim=*/true) : source;
  }

  const Tensors& file_;
  Tensors state_;
  LoadReport report_;
  std::vector<std::string> mismatched_;
  std::vector<std::pair<at::Tensor, at::Tensor>> copies_;
};

}  // namespace

std::string LoadReport::summary() const {
  return fmt::format("{} tensors loaded ({} reshaped), {} skipped, {} missing, {} unexpected",
                     loaded.size(), reshaped.size(), skipped.size(), missing.size(),
                     unexpected.size());
}

LoadReport load_weights(ImageModel& model, const std::filesystem::path& path, LoadMode mode) {
  const TensorFile file = read_weights(path);
  Loader loader(model, file.tensors);
  LoadReport report = loader.match();
  const std::string origin = path.string();
  const std::string& arch = model.options().arch;
  if (!loader.mismatched().empty())
    fail("weights", "'{}' does not fit {}: {}", origin, arch, fmt::join(loader.mismatched(), "; "));
  if (report.loaded.empty())
    fail("weights", "'{}' has no tensor of {}: it has [{}], expected {}", origin, arch,
         fmt::join(report.unexpected, ", "), fmt::join(report.missing, ", "));
  const bool exact = report.missing.empty() && report.unexpected.empty() && report.skipped.empty();
  if (mode == LoadMode::kStrict && !exact)
    fail("weights", "'{}' is not {}'s: missing [{}]; unexpected [{}]; of other shape [{}]", origin,
         arch, fmt::join(report.missing, ", "), fmt::join(report.unexpected, ", "),
         fmt::join(report.skipped, "; "));
  loader.copy();
  return report;
}

}  // namespace paucal::models
