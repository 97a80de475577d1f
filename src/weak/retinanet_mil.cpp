// A dense head (RetinaNet, Lin et al., ICCV 2017) of which each image is a bag of anchors, as far
// as nobody drew its boxes. Our own design, after OICR (Tang et al., CVPR 2017) for the seeds.

#include <torch/torch.h>

#include "weak/box_method.h"
#include "weak/seeds.h"

namespace paucal::weak {
namespace {

class RetinaNetMil : public BoxMethod {
 public:
  explicit RetinaNetMil(const BoxSetting& setting)
      : setting_(setting), anchors_(setting.detector.anchors) {}

  train::Losses losses(const BoxStep& step) override {
    const models::DenseOutput output = step.detector.dense(step.seen.levels);
    const AnchorGrid& grid = anchors_.of(output, step.detector.level_strides());
    const DenseScene scene(step, setting_.detection, grid, setting_.classes);
    const FlatOutput flat = flatten(output, setting_.classes);
    const bool head_knows_sides = knows_sides(step.batch);
    Guesses seeds(scene.images());
    if (setting_.detection.seed_weight > 0 && step.done() >= setting_.detection.warmup)
      seeds = head_knows_sides ? find_pseudo_boxes(scene, flat.detach(), setting_.map)
                               : find_seeds(scene, flat.detach(), setting_.map);
    return teach_dense(scene, flat, seeds);
  }

  train::TensorMap state() const override { return {{"drawn", drawn_}}; }
  void load_state(const train::TensorMap& state) override {
    train::copy_state("retinanet_mil", state, {{"drawn", drawn_}});
  }

 private:
  // Drawn or pasted boxes teach sides better than the class map does; without any, the map is all
  // there is.
  bool knows_sides(const train::TensorBatch& batch) {
    for (size_t i = 0; i < batch.supervision.size(); ++i)
      if (batch.supervision[i] == data::Supervision::kBoxes)
        drawn_ += static_cast<int64_t>(batch.targets[i].size());
    return drawn_.item<int64_t>() > 0;
  }

  BoxSetting setting_;
  AnchorCache anchors_;
  at::Tensor drawn_ = torch::zeros({}, at::kLong);  // boxes seen so far
};

}  // namespace

extern const BoxMethodInfo box_method_retinanet_mil;
const BoxMethodInfo box_method_retinanet_mil{
    "retinanet_mil", [](const BoxSetting& setting) -> std::unique_ptr<BoxMethod> {
      return std::make_unique<RetinaNetMil>(setting);
    }};

}  // namespace paucal::weak
