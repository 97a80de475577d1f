// A dense head (RetinaNet, Lin et al., ICCV 2017) of which each image is a bag of anchors, as far
// as nobody drew its boxes. Our own design, after OICR (Tang et al., CVPR 2017) for the seeds.

#include <torch/torch.h>

#include "weak/dense/box_method.h"
#include "weak/dense/seeds.h"

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
    exact_.look_at(step.batch);
    Guesses seeds(scene.images());
    if (setting_.detection.seed_weight > 0 && step.done() >= setting_.detection.warmup)
      seeds = find_seeds(scene, flat.detach(), setting_.map);
    return teach_dense(scene, flat, seeds, sides_of(exact_));
  }

  train::TensorMap state() const override { return exact_.state(); }
  void load_state(const train::TensorMap& state) override { exact_.load_state(state); }

 private:
  BoxSetting setting_;
  AnchorCache anchors_;
  ExactBoxes exact_;
};

}  // namespace

extern const BoxMethodInfo box_method_retinanet_mil;
const BoxMethodInfo box_method_retinanet_mil{
    "retinanet_mil", [](const BoxSetting& setting) -> std::unique_ptr<BoxMethod> {
      return std::make_unique<RetinaNetMil>(setting);
    }};

}  // namespace paucal::weak
