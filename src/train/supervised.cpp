#include "train/supervised.h"

#include <torch/torch.h>

#include "base/error.h"
#include "train/pooling.h"

namespace paucal::train {
namespace {

class Supervised : public MapMethod {
 public:
  Supervised(const SupervisedOptions& options, const std::vector<int64_t>& counts)
      : options_(options) {
    if (!options.balance) return;
    double total = 0;
    for (const int64_t count : counts) total += static_cast<double>(count);
    std::vector<float> weights;
    for (const int64_t count : counts)
      weights.push_back(static_cast<float>(
          count > 0 ? total / (static_cast<double>(counts.size()) * static_cast<double>(count))
                    : 0));
    weights_ = torch::tensor(weights);
  }

  Losses losses_of(const at::Tensor& map, const TensorBatch& batch, const Context&) override {
    if (batch.labels.max().item<int64_t>() >= map.size(1))
      fail("supervised", "label {}: expected below {} classes", batch.labels.max().item<int64_t>(),
           map.size(1));
    const at::Tensor logits = mean_pool(map, valid_cells(batch.valid, map)).to(at::kFloat);
    namespace F = torch::nn::functional;
    auto options = F::CrossEntropyFuncOptions().label_smoothing(options_.label_smoothing);
    if (weights_.defined()) options.weight(weights_.to(logits.device()));
    const at::Tensor loss = F::cross_entropy(logits, batch.labels, options);
    const at::Tensor right = (logits.argmax(1) == batch.labels).to(at::kFloat).mean();
    return {loss, {{"train_accuracy", right}}};
  }

 private:
  SupervisedOptions options_;
  at::Tensor weights_;
};

}  // namespace

std::shared_ptr<MapMethod> make_supervised(const SupervisedOptions& options,
                                           const std::vector<int64_t>& counts) {
  return std::make_shared<Supervised>(options, counts);
}

}  // namespace paucal::train
