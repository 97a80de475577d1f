#include "judge/classify.h"

#include <torch/torch.h>

#include "base/host/progress.h"
#include "base/host/work.h"
#include "data/feed/sample.h"
#include "train/method.h"
#include "train/pooling.h"

namespace paucal::judge {
namespace {

constexpr size_t kBatch = 64;

}  // namespace

std::vector<Classified> classify(const TrainedModel& model, data::ImageCache& cache,
                                 const std::vector<int>& records) {
  const torch::InferenceMode inference;
  model.network->eval();
  std::vector<Classified> result;
  Progress progress("classify", static_cast<int64_t>(records.size()));
  for (size_t first = 0; first < records.size(); first += kBatch) {
    std::vector<data::Sample> samples;
    const size_t end = std::min(records.size(), first + kBatch);
    for (size_t i = first; i < end; ++i) {
      const auto fitted = cache.get(records[i]);
      samples.push_back(data::to_sample(
          fitted->image, edge::Geometry(fitted->image.width, fitted->image.height), model.input));
    }
    const auto tensors =
        train::to_tensors(data::collate(std::move(samples), 0, model.input.multiple), c10::kCPU);
    const models::Output out = model.network->forward(tensors.images);
    count_forward_passes(static_cast<int64_t>(end - first));
    const at::Tensor valid = train::valid_cells(tensors.valid, out.map);
    const auto [confidence, label] = torch::softmax(train::mean_pool(out.map, valid), 1).max(1);
    const at::Tensor pooled = train::mean_pool(out.features, valid);
    const at::Tensor features =
        (pooled / pooled.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12)).contiguous();
    for (size_t i = first; i < end; ++i) {
      const auto row = static_cast<int64_t>(i - first);
      const float* values = features[row].data_ptr<float>();
      result.push_back({records[i],
                        label[row].item<int>(),
                        confidence[row].item<double>(),
                        {values, values + features.size(1)}});
    }
    progress.advance(static_cast<int64_t>(end - first));
  }
  return result;
}

}  // namespace paucal::judge
