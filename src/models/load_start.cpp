#include "models/load_start.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <set>

#include "base/error.h"
#include "models/adapt_input.h"
#include "models/tensor_file.h"

namespace paucal::models {
namespace {

WeightNames names_in(const TensorFile& file, const std::filesystem::path& path) {
  WeightNames names{path, {}, file.metadata};
  for (const auto& [name, tensor] : file.tensors) names.shapes[name] = tensor.sizes().vec();
  return names;
}

struct OwnTensor {
  std::string name;
  at::Tensor value;
};

// By the names of the network alone, also where it is a detector's backbone.
std::map<std::string, OwnTensor> state_by_name(const ImageModel& model) {
  constexpr std::string_view kBackbone = "backbone.";
  std::map<std::string, OwnTensor> state;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    state[name.starts_with(kBackbone) ? name.substr(kBackbone.size()) : name] = {name, tensor};
  };
  for (const auto& item : model.named_parameters()) add(item.key(), item.value());
  for (const auto& item : model.named_buffers()) add(item.key(), item.value());
  return state;
}

// Collects what to copy first, so that a file with one bad tensor changes nothing.
class PublishedLoader {
 public:
  PublishedLoader(ImageModel& model, const TensorFile& file, const Recognised& published)
      : file_(file), published_(published), state_(state_by_name(model)) {}

  void collect(const edge::PreprocessOptions& input) {
    for (const PublishedTensor& tensor : published_.tensors) {
      const auto target = state_.find(tensor.ours);
      if (target == state_.end()) continue;  // of a stage that is cut off
      const at::Tensor source = value_of(tensor);
      if (tensor.reads_image)
        collect_adapted(tensor, target->second.value, source, input);
      else
        sources_[tensor.ours] = source.reshape(target->second.value.sizes()).to(at::kDouble);
    }
    for (const auto& [name, shift] : shifts_) sources_.at(name).add_(shift);
  }

  LoadReport copy() {
    const at::NoGradGuard no_grad;
    LoadReport report;
    report.prefix = published_.prefix;
    for (const auto& [name, target] : state_) {
      const auto source = sources_.find(name);
      if (source == sources_.end()) {
        if (!name.ends_with("num_batches_tracked")) report.missing.push_back(target.name);
        continue;
      }
      target.value.copy_(source->second);
      report.loaded.push_back(target.name);
    }
    return report;
  }

 private:
  at::Tensor value_of(const PublishedTensor& tensor) const {
    const std::string name = published_.prefix + tensor.theirs;
    const at::Tensor& value = file_.tensors.at(name);
    if (!value.is_floating_point() || !value.isfinite().all().item<bool>())
      fail("weights", "{}: values that are not finite numbers", name);
    return value;
  }

  void collect_adapted(const PublishedTensor& tensor, const at::Tensor& target,
                       const at::Tensor& source, const edge::PreprocessOptions& input) {
    const AdaptedInput adapted = adapt_input(source, published_.arithmetic, input, target.size(1));
    sources_[tensor.ours] = adapted.weight;
    shifts_[tensor.shift] = adapted.shift * tensor.shift_sign;
  }

  const TensorFile& file_;
  const Recognised& published_;
  std::map<std::string, OwnTensor> state_;
  std::map<std::string, at::Tensor> sources_, shifts_;
};

}  // namespace

std::string StartReport::summary() const {
  if (!published) return loaded.summary();
  return fmt::format("{}: {} tensors loaded; new: {}", published->text(), loaded.loaded.size(),
                     fmt::join(loaded.missing, ", "));
}

StartReport load_start(ImageModel& model, const ModelOptions& start,
                       const edge::PreprocessOptions& input) {
  const std::filesystem::path path = start.weights;
  const TensorFile file = read_weights(path);
  StartReport report;
  report.published = recognise(names_in(file, path), start.weights_source);
  if (!report.published) {
    report.loaded = load_weights(model, path);
    return report;
  }
  const std::string& arch = model.options().arch;
  if (report.published->arch != arch)
    fail("weights", "'{}' holds {}, expected {}, as model.arch says", path.string(),
         report.published->text(), arch);
  if (model.options().width != 0)
    fail("weights", "'{}' holds {}, expected model.width=0, have {}", path.string(),
         report.published->text(), model.options().width);
  PublishedLoader loader(model, file, *report.published);
  loader.collect(input);
  report.loaded = loader.copy();
  return report;
}

}  // namespace paucal::models
