#include "weak/dense/detection.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "weak/dense/self_training.h"

namespace paucal::weak {
namespace {

using train::Context;
using train::Losses;
using train::TensorBatch;
using train::TensorMap;

models::BoxHead& box_head_of(models::ImageModel& model) {
  models::BoxHead* head = model.box_head();
  if (!head)
    fail("detection", "network {}: expected a detector (model.detector.bbox_head.type)",
         model.options().arch);
  return *head;
}

// [labels, K]: 1 where images of a label show a box class.
at::Tensor present_table(const std::vector<int>& label_to_box_class, int classes) {
  const at::Tensor table = torch::zeros({static_cast<int64_t>(label_to_box_class.size()), classes});
  for (size_t label = 0; label < label_to_box_class.size(); ++label) {
    const int box_class = label_to_box_class[label];
    if (box_class >= classes)
      fail("detection", "label {}: box class {}, expected below {}", label, box_class, classes);
    if (box_class >= 0) table[static_cast<int64_t>(label)][box_class] = 1;
  }
  return table;
}

void add_prefixed(TensorMap& into, const std::string& prefix, const TensorMap& part) {
  for (const auto& [name, tensor] : part) into.emplace(prefix + name, tensor);
}

TensorMap with_prefix(const TensorMap& from, const std::string& prefix) {
  TensorMap part;
  for (const auto& [name, tensor] : from)
    if (name.starts_with(prefix)) part.emplace(name.substr(prefix.size()), tensor);
  return part;
}

class Detection : public train::Method {
 public:
  Detection(const BoxSetting& setting, std::shared_ptr<train::MapMethod> map_method,
            const std::vector<int>& label_to_box_class)
      : setting_(setting),
        map_method_(std::move(map_method)),
        box_method_(make_box_method(setting)),
        present_(present_table(label_to_box_class, setting.classes)) {
    if (setting.detection.self_training.on())
      self_training_ = std::make_unique<SelfTraining>(setting);
  }

  Losses step(const TensorBatch& batch, Context& context) override {
    check(batch);
    models::BoxHead& head = box_head_of(context.model);
    const models::BoxHead::Seen seen = head.see(batch.images);
    const BoxStep box_step{
        .detector = head,
        .seen = seen,
        .batch = batch,
        .present = present_.to(batch.labels.device()).index_select(0, batch.labels),
        .step = context.step,
        .total_steps = std::max<int64_t>(1, context.total_steps),
        .seed = context.seed};

    const DetectionOptions& options = setting_.detection;
    Losses losses;
    add(losses, options.map_weight, map_method_->losses_of(seen.map, batch, context));
    // A dense head learns from drawn boxes and OK images while the map warms up; regions come
    // from the map, so there is nothing to weigh before it knows something.
    if (setting_.detector.bbox_head.dense() || box_step.done() >= options.warmup)
      add(losses, options.box_weight, box_method_->losses(box_step));
    if (self_training_)
      add(losses, options.self_training.weight, self_training_->losses(box_step, context.average));
    return losses;
  }

  TensorMap state() const override {
    TensorMap state;
    add_prefixed(state, "map.", map_method_->state());
    add_prefixed(state, "box.", box_method_->state());
    return state;
  }
  void load_state(const TensorMap& state) override {
    map_method_->load_state(with_prefix(state, "map."));
    box_method_->load_state(with_prefix(state, "box."));
  }
  std::shared_ptr<torch::nn::Module> heads() const override { return map_method_->heads(); }

 private:
  void check(const TensorBatch& batch) const {
    const auto n = static_cast<size_t>(batch.images.size(0));
    if (batch.supervision.size() != n || batch.targets.size() != n)
      fail("detection", "{} images with supervision and {} with targets, expected {}",
           batch.supervision.size(), batch.targets.size(), n);
    const int64_t low = batch.labels.min().item<int64_t>();
    const int64_t high = batch.labels.max().item<int64_t>();
    if (low < 0 || high >= present_.size(0))
      fail("detection", "labels {} to {}: expected 0 to {}", low, high, present_.size(0) - 1);
  }

  static void add(Losses& losses, double weight, Losses part) {
    for (auto& item : part.parts) losses.parts.push_back(std::move(item));
    if (!part.total.defined()) return;
    const at::Tensor weighted = weight * part.total;
    losses.total = losses.total.defined() ? losses.total + weighted : weighted;
  }

  BoxSetting setting_;
  std::shared_ptr<train::MapMethod> map_method_;
  std::unique_ptr<BoxMethod> box_method_;
  std::unique_ptr<SelfTraining> self_training_;
  at::Tensor present_;
};

}  // namespace

std::shared_ptr<train::Method> make_detection(const BoxSetting& setting,
                                              std::shared_ptr<train::MapMethod> map_method,
                                              std::vector<int> label_to_box_class) {
  return std::make_shared<Detection>(setting, std::move(map_method), label_to_box_class);
}

}  // namespace paucal::weak
